"""What touches the outside: one folder per thing, none of which knows another."""

from __future__ import annotations
