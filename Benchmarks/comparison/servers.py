"""The two servers: nginx with a fixed answer, and `slow-server`, which holds requests."""
import os
import resource
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from .processes import Background, BenchmarkError

NGINX_CONFIGURATION = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {directory}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections {connections}; use epoll; multi_accept on; }}
http {{
    access_log off;
    keepalive_timeout 3600s;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    default_type text/plain;
    server {{
        listen 127.0.0.1:{port} backlog=16384;
        location = /served {{ stub_status; }}
        location / {{ return 200 "Hello, world\\n"; }}
    }}
}}
"""


class Server:
    """A running server: where it is, and how many requests it has answered."""

    def __init__(self, name, url, background, parse_served, asking_counts):
        self.name = name
        self.url = url
        self.background = background
        self._parse_served = parse_served
        self._asking_counts = asking_counts
        self._asked = 0

    def served(self):
        """Requests answered so far, without those that asked for this number."""
        with urllib.request.urlopen(self.url + "/served", timeout=5) as answer:
            text = answer.read().decode()
        self._asked += self._asking_counts
        return self._parse_served(text) - self._asked


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_listening(port, background):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if background.process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise BenchmarkError(f"{background.process.args}: does not listen on port {port}; run it by hand to see why")


def _stub_status_requests(text):
    """The third number under `server accepts handled requests`."""
    return int(text.splitlines()[2].split()[2])


@contextmanager
def nginx(program, directory, core):
    """nginx with one worker and a fixed answer, on a free port, everything it writes below `directory`."""
    port = _free_port()
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    configuration = Path(directory) / "nginx.conf"
    configuration.write_text(NGINX_CONFIGURATION.format(
        directory=directory, port=port, descriptors=descriptors, connections=descriptors - 100,
        user="user root;" if os.getuid() == 0 else ""))
    command = [program, "-e", "stderr", "-p", str(directory), "-c", str(configuration)]
    with Background(command, core) as background:
        _wait_until_listening(port, background)
        yield Server("nginx", f"http://127.0.0.1:{port}", background, _stub_status_requests, asking_counts=1)


@contextmanager
def slow_server(program, rate, core):
    """`slow-server` at `rate` answers per second: the oldest request it holds is answered at every tick."""
    with Background([program, "0", str(rate)], core, stdout=subprocess.PIPE, text=True) as background:
        port = background.process.stdout.readline().strip()
        if not port:
            raise BenchmarkError(f"{program}: did not start; run it by hand to see why")
        yield Server("slow-server", f"http://127.0.0.1:{port}", background, int, asking_counts=0)
