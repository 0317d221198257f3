"""The decisions: functions of values, standard library only, no clock and no outside."""
