"""The servers: nginx with a fixed answer, `slow-server`, which holds requests, and `sample-webapp`."""
import json
import os
import resource
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
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

    def __init__(self, name, url, background, parse_served, asking_counts, path="/served", urls=None):
        self.name = name
        self.url = url
        self.urls = urls or [url]
        self.path = path
        self.background = background
        self._parse_served = parse_served
        self._asking_counts = asking_counts
        self._asked = 0

    def served(self):
        """Requests answered so far, without those that asked for this number."""
        total = 0
        for url in self.urls:
            with urllib.request.urlopen(url + self.path, timeout=20) as answer:
                total += self._parse_served(answer.read().decode())
        self._asked += self._asking_counts
        return total - self._asked


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_listening(port, background, address="127.0.0.1"):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if background.process.poll() is not None:
            break
        try:
            socket.create_connection((address, port), 1).close()
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


@contextmanager
def sample_webapp(program, core, addresses=1, processes=1):
    """`sample-webapp` with so many processes on each of so many loopback addresses, all with one port.

    A client has some 28,000 ports towards each address, and finds a free one fast only while it has used less than half of them.
    """
    port = _free_port()
    hosts = [f"127.0.0.{number + 1}" for number in range(addresses)]
    with ExitStack() as stack:
        for host in hosts:
            background = stack.enter_context(Background([program, "--host", host, "--port", str(port), "--processes", str(processes)], core))
            _wait_until_listening(port, background, host)
        urls = [f"http://{host}:{port}" for host in hosts]
        yield Server("sample-webapp", urls[0], background, lambda text: json.loads(text)["total"], asking_counts=0, path="/counts", urls=urls)
