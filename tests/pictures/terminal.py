# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal session as an SVG: what a command writes to a terminal of a given width, with the
colours that it asks for. The picture follows the reader's light or dark scheme."""

import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

COLUMN, LINE, MARGIN = 8.4, 19, 14  # pixels
FONT = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
LIGHT = {"back": "#fbfbfa", "text": "#24292e", "black": "#24292e", "red": "#b4232c",
         "green": "#1f7a37", "yellow": "#8a6100", "blue": "#1f5fb0", "magenta": "#7c3fa8",
         "cyan": "#0f6f7f", "white": "#656d76", "dim": "#656d76"}
DARK = {"back": "#16191d", "text": "#d7dadd", "black": "#7f868d", "red": "#f0767c",
        "green": "#7fcf8a", "yellow": "#dcb55a", "blue": "#7db4f5", "magenta": "#cf9be8",
        "cyan": "#6cc5d3", "white": "#d7dadd", "dim": "#868d95"}


def run(words, columns, rows=50):
    """What a command prints on a terminal, bytes."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
    with subprocess.Popen(words, stdin=follower, stdout=follower, stderr=subprocess.DEVNULL,
                          env=environment) as process:
        os.close(follower)
        output = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # EIO: nobody has the terminal open any more
                break
            if not piece:
                break
            output += piece
        os.close(leader)
        process.wait()
    return output.replace(b"\r\n", b"\n")


def parse(output):
    """Lines of (text, class names) for what run() gives."""
    lines, style = [], set()
    for line in output.decode(errors="replace").rstrip("\n").split("\n"):
        pieces = []
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            found = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
            if not found:
                if part:
                    pieces.append((part, tuple(sorted(style))))
                continue
            for code in map(int, (found.group(1) or "0").split(";")):
                style = _style_after(style, code)
        lines.append(pieces)
    return lines


def _style_after(style, code):
    if code == 0:
        return set()
    if code in (1, 2):
        return style | {"bold" if code == 1 else "dim"}
    if code == 22:
        return style - {"bold", "dim"}
    if 30 <= code <= 37 or code == 39:
        kept = style - set(COLORS)
        return kept if code == 39 else kept | {COLORS[code - 30]}
    raise ValueError("no picture of SGR %d" % code)


def width_of(text):
    """Columns of a terminal."""
    return sum(0 if unicodedata.combining(character) else
               2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _rules(colors):
    return "".join(".%s{fill:%s}" % pair for pair in colors.items())


def draw(session, columns):
    """SVG of a session: [(command line, output)]."""
    lines = []
    for command, output in session:
        if lines:
            lines.append([])
        lines.append([("$ ", ("dim",)), (command, ("bold",))])
        lines += parse(output)
    width, height = columns * COLUMN + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    pieces = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g">'
        % (width, height, width, height),
        "<style>text{font:14px %s;white-space:pre}.bold{font-weight:bold}%s"
        "@media (prefers-color-scheme:dark){%s}</style>" % (FONT, _rules(LIGHT), _rules(DARK)),
        '<rect class="back" width="100%" height="100%" rx="8"/>']
    for row, line in enumerate(lines):
        at = 0
        for text, style in line:
            used = width_of(text)
            if text.strip():
                pieces.append(
                    '<text class="%s" x="%g" y="%g" textLength="%g" xml:space="preserve">%s</text>'
                    % (" ".join(style if set(style) - {"bold"} else ("text", *style)),
                       MARGIN + at * COLUMN, MARGIN + (row + 0.75) * LINE, used * COLUMN,
                       html.escape(text, quote=False)))
            at += used
    return "\n".join(pieces + ["</svg>\n"])
