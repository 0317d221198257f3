"""`supportbot simulate`: the production steps on a virtual clock, with recorders for the outside.

What is read up, judged, escalated and sent is decided by the code that runs the desk; only the
senders, the readers and the disk are stand-ins.
"""
