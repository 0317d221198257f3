# ruff: noqa: RUF001
"""What mail programs write between an answer and what it answers, language by language.

All in lower case. Each list is tried on one line of a bounded length, by plain comparison.
"""

from __future__ import annotations

# "On … wrote:": how the line begins, and the verb it ends with or holds.
OPENERS = (
    "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "på ", "pa ", "w dniu ", "dnia ",
    "dne ", "dňa ", "v ", "a ", "ve ", "vào ", "pada ", "no dia ", "il giorno ", "in data ", "lør",
    "søn", "man", "tir", "ons", "tor", "fre", "lör", "sön", "mån", "tis", "a(z) ", "ti ", "ma ",
    "ke ", "pe ", "la ", "su ", "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "в ", "пн", "вт",
    "ср", "чт", "пт", "сб", "вс", "у ", "в", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun",
    "mar", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "mo", "di", "mi",
    "do", "so", "sa", "fr", "at ",
)  # fmt: skip
VERBS_AT_END = (
    "wrote", "writes", "said", "sent", "schrieb", "geschrieben", "a écrit", "ecrit", "écrit",
    "escribió",
    "escribio", "ha escrito", "scrisse", "ha scritto", "escreveu", "escreve", "schreef",
    "geschreven", "skrev", "skreiv", "kirjoitti", "pisze", "napisał", "napisała", "napisał(a)",
    "napisal", "napsal", "napsala", "napsal(a)", "napísal", "írta", "ezt írta", "yazdı",
    "şunu yazdı",
    "đã viết", "menulis", "написал", "написала", "написал(а)", "пишет", "пише", "писал", "написав",
    "写道", "寫道", "写", "のメール", "書きました", "のメッセージ", "작성", "님이 작성", "έγραψε",
    "a scris", "כתב", "كتب", "va escriure", "idatzi du", "rašė", "rakstīja", "kirjutas", "написа",
)  # fmt: skip
VERBS_INSIDE = (
    " schrieb ", " skrev ", " schreef ", " a écrit", " kirjoitti ", " pisze ", " napisał", "写道",
    " escribió ", " ha scritto ", " escreveu ", " wrote ", " написал", " пишет ",
)  # fmt: skip

# Outlook's block: labels that begin it, and labels that go on.
FIRST_LABELS = frozenset((
    "from", "von", "de", "da", "van", "från", "fra", "od", "lähettäjä", "от", "от кого", "från",
    "发件人", "寄件者", "寄件人", "差出人", "送信者", "보낸 사람", "gönderen", "feladó",
    "expéditeur",
    "remitente", "mittente", "remetente", "od", "від", "desde", "afzender", "saatja",
))  # fmt: skip
MORE_LABELS = FIRST_LABELS | frozenset((
    "sent", "date", "to", "cc", "subject", "reply-to", "reply to", "importance", "gesendet",
    "datum",
    "an", "kopie", "betreff", "envoyé", "envoyé le", "date d'envoi", "à", "objet", "enviado",
    "enviado el", "enviada em", "fecha", "para", "asunto", "assunto", "data", "inviato", "a", "per",
    "oggetto", "verzonden", "aan", "onderwerp", "skickat", "till", "kopia", "ämne", "sendt", "til",
    "emne", "dato", "wysłano", "wysłane", "do", "dw", "temat", "lähetetty", "päivämäärä",
    "vastaanottaja", "aihe", "отправлено", "дата", "кому", "копия", "тема", "发送时间", "日期",
    "收件人", "抄送", "主题", "寄件日期", "傳送時間", "收件者", "副本", "主旨", "送信日時", "日時",
    "宛先", "件名", "보낸 날짜", "받는 사람", "제목", "tarih", "kime", "konu", "odesláno", "komu",
    "předmět", "elküldve", "címzett", "tárgy",
))  # fmt: skip
DATE_LABELS = frozenset(("date", "datum", "fecha", "data", "dato", "дата", "日期", "日時", "sent"))

ORIGINALS = (
    "original message", "original email", "original appointment", "ursprüngliche nachricht",
    "original-nachricht", "originalnachricht", "message d'origine", "message d’origine",
    "message original", "mensaje original", "messaggio originale", "mensagem original",
    "oorspronkelijk bericht", "ursprungligt meddelande", "originalmeddelande",
    "oprindelig meddelelse", "original meddelelse", "opprinnelig melding", "reply message",
    "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva",
    "исходное сообщение", "оригинальное сообщение", "元のメッセージ", "原始邮件", "原始郵件",
    "邮件原件", "원본 메시지", "původní e-mail", "eredeti üzenet", "orijinal mesaj",
    "reply above this line", "type your response above", "write above this line",
)  # fmt: skip
FORWARDS = (
    "forwarded message", "forwarded by", "begin forwarded message", "weitergeleitete nachricht",
    "anfang der weitergeleiteten", "message transféré", "début du message", "mensaje reenviado",
    "inicio del mensaje reenviado", "messaggio inoltrato", "inizio messaggio inoltrato",
    "mensagem encaminhada", "doorgestuurd bericht", "begin doorgestuurd bericht",
    "vidarebefordrat meddelande", "videresendt meddelelse", "videresendt melding",
    "välitetty viesti",
    "wiadomość przekazana", "przekazana wiadomość", "пересылаемое сообщение",
    "перенаправленное сообщение", "пересланное сообщение", "転送メッセージ", "转发的邮件",
    "轉寄的郵件", "轉寄郵件", "전달된 메시지", "přeposlaná zpráva",
)  # fmt: skip
FOOTERS = (
    "sent from my ", "sent via blackberry", "sent with spark", "sent with proton",
    "sent using outlook", "sent wirelessly ", "envoyé sans fil ", "sent from mailbox",
    "sent from yahoo", "sent from outlook", "sent from mail ",
    "sent from samsung", "sent from proton", "sent from gmail",
    "sent from aol", "sent from android", "sent from iphone", "sent from nokia",
    "get outlook for ", "von unterwegs gesendet",
    "gesendet von ", "gesendet mit ", "holen sie sich outlook",
    "envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "télécharger outlook pour",
    "obtenez outlook pour", "provenance : ", "enviado desde ", "enviado do ", "enviado de mi ",
    "enviado a partir ", "enviado via ", "obtener outlook para", "obter o outlook", "inviato da ",
    "inviato dal ", "ottieni outlook per", "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ",
    "verstuurd met ", "outlook voor ", "download outlook voor", "skickat från ", "skickad från ",
    "hämta outlook", "sendt fra ", "sendt med ", "hent outlook", "få outlook for", "lähetetty ",
    "wysłane z ", "wysłano z ", "pobierz aplikację outlook", "odesláno z", "отправлено с ",
    "отправлено из ", "发自我的", "发自", "從我的", "iphoneから送信", "ipadから送信",
    "androidから送信", "나의 iphone에서 보냄", "iphone'umdan gönderildi",
)  # fmt: skip
# German has its verb at the end; what only begins so is a sentence of somebody's.
FRAMED_FOOTERS = (("von mein", " gesendet"), ("diese nachricht wurde von mein", " gesendet"))
