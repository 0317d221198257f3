"""Local stand-ins for the outside, at the wire: what `make demo` and the tests talk to.

The production adapters connect to these servers as they would to the real ones, over HTTP and
WebSocket on the loopback interface. The vendor packages in here import nothing of supportbot.
"""
