"""The board as a page that renews itself, on this machine alone."""

import html
import json
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from utils.classroom.board import Task, board
from utils.classroom.read import read_class

PAGE = Path(__file__).with_name("page.html")


def said(folder: Path) -> str:
    """The class in one sentence."""
    log = read_class(folder)
    entries = [entry for one in log.entries.values() for entry in one]
    tried = len({entry.exercise for entry in entries})
    stuck = sum(
        any(log.state(who, e.exercise) == "stuck" for e in one) for who, one in log.entries.items()
    )
    return (
        f"Learners: {len(log.entries)}. Exercises tried: {tried}. Verdicts and hints: "
        f"{len(entries)}. Learners who are stuck: {stuck}."
    )


def page(folder: Path, tasks: list[Task]) -> str:
    """The whole page with the present state; it can be saved and opened from disk."""
    text = PAGE.read_text(encoding="utf-8")
    body = board(read_class(folder), tasks)
    return text.replace("{{said}}", html.escape(said(folder))).replace("{{board}}", body)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, *args, folder: Path, tasks: list[Task], **kwargs) -> None:
        self.folder, self.tasks = folder, tasks
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        if self.path == "/":
            self._send("text/html", page(self.folder, self.tasks))
        elif self.path == "/board":
            news = {"board": board(read_class(self.folder), self.tasks), "said": said(self.folder)}
            self._send("application/json", json.dumps(news))
        else:
            self.send_error(404)

    def _send(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass  # a line every three seconds tells nobody anything


def serve(folder: Path, tasks: list[Task], *, port: int = 0) -> ThreadingHTTPServer:
    """A server for this machine's own browser; port 0 takes a free one."""
    handler = partial(_Handler, folder=folder, tasks=tasks)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
