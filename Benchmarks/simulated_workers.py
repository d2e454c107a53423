"""Workers that only talk: they speak docs/protocol.md over pyzmq and msgpack, written from that page alone, and send made-up figures.

Used by `Benchmarks/cluster`; needs pyzmq and msgpack.
"""
import base64
import hashlib
import random
import threading
import time

import msgpack
import zmq
from zmq.utils import z85

VERSION = "0.1.0"
PROTOCOL = 3
SERIES = {"on_time": 0, "status": 8}
HALF = 1024


def bucket(microseconds):
    """The HDR bucket of 3 digits, as TimeBuckets has it."""
    octave = max(0, microseconds.bit_length() - 11)
    return (octave << 10) + (microseconds >> octave)


def leb128(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def snapshot(names, values, seed):
    """One interval of `names` requests with `values` distinct times each, spread over 1 us to 10 s."""
    generator = random.Random(seed)
    requests, cells, last = [], bytearray(), 0
    for index in range(names):
        times = set()
        while len(times) < values:
            times.add(bucket(int(10 ** generator.uniform(0, 7))))
        times = sorted(times)
        count = len(times)
        low, high = 1000, 10_000_000_000
        extent = [0, count * 1_000_000, low, high]
        requests.append(["GET", f"/name/{index:04}", count, 0, 0, count * 100] + extent * 2)
        keys = [(index << 19 | SERIES["on_time"] << 15 | time, 1) for time in times]
        keys.append((index << 19 | SERIES["status"] << 15 | 200, count))
        for key, amount in keys:
            cells += leb128(key - last) + leb128(amount)
            last = key
    total = names * values
    return total, {
        "issued": total, "connections_opened": 0, "requests": requests, "cells": bytes(cells), "failures": [], "exceptions": [],
        "examples": [None, None, None],
    }


class Worker:
    """One simulated worker: a DEALER of its own."""

    def __init__(self, context, name, port, token, figures):
        self.name = name
        self.session = random.getrandbits(63)
        self.issued_each, self.snapshot = figures
        self.run = 0
        self.classes = 1
        self.sequence = self.number = self.issued = self.acknowledged = 0
        self.version = self.epoch = 0
        self.counts = []
        self.is_running = self.is_over = False
        self.reason = None
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.routing_id = b"s" + random.randbytes(15)
        if token:
            packed = base64.urlsafe_b64decode(token.removeprefix("cicada-join-") + "===")
            assert hashlib.sha256(b"cicada-join-" + packed[:64]).digest()[:4] == packed[64:], "the token is damaged"
            secret = z85.encode(packed[32:64])
            self.socket.curve_serverkey = z85.encode(packed[:32])
            self.socket.curve_secretkey = secret
            self.socket.curve_publickey = zmq.curve_public(secret)
        self.socket.connect(f"tcp://127.0.0.1:{port}")
        self.send("client_ready", {
            "version": VERSION, "protocol": PROTOCOL, "session": self.session, "host": "simulated", "pid": 1, "cores": 1, "descriptors": 1000,
            "memory": 1 << 30})

    def send(self, kind, data):
        self.socket.send(msgpack.packb([kind, data, self.name]))

    def heartbeat(self):
        if not self.run or self.is_over:
            return
        self.sequence += 1
        self.send("heartbeat", {
            "state": "running", "current_cpu_usage": 1.0, "current_memory_usage": 1 << 20, "sequence": self.sequence, "run": self.run,
            "issued": self.issued, "users": self.counts, "ended": [0] * len(self.counts), "drawn": [], "shared": False, "targets": self.version,
            "epoch": self.epoch, "arrivals": 0, "pending": 0, "connections": 0, "lag": 0})

    def report(self):
        """A delta, unless the one before has not been acknowledged."""
        if not self.is_running or self.acknowledged < self.number:
            return False
        self.number += 1
        self.issued += self.issued_each
        self.send("stats", {
            "number": self.number, "run": self.run, "age": 0, "user_count": sum(self.counts), "connections": 0, "lag": 0,
            "snapshot": self.snapshot})
        return True

    def receive(self):
        while True:
            try:
                kind, data, _ = msgpack.unpackb(self.socket.recv(zmq.DONTWAIT))
            except zmq.Again:
                return
            if kind == "ack":
                self.run, self.plan = data["run"], data["plan"]
                self.send("plan_ready", {"plan": self.plan, "capacity": 1000, "limit": "simulated", "threads": 1})
            elif kind == "spawn":
                self.version, self.epoch = data["version"], data["epoch"]
                self.counts = list(data["user_classes_count"].values())
                self.is_running = True
            elif kind == "stats_ack":
                self.acknowledged = data["number"]
            elif kind == "stop":
                self.is_running = False
                self.send("client_stopped", None)
            elif kind == "quit":
                self.is_over = True
                self.reason = data and data.get("reason")
                self.send("quit", None)


class Progress:
    """What another thread may look at while the workers talk."""

    def __init__(self):
        self.are_running = threading.Event()
        """Set once all workers have their users."""
        self.sent = 0
        """Deltas so far."""


def run(count, port, token, names, values, seconds, progress):
    """Talk for so long, each worker a delta a second; answers how many deltas were sent, and how many of them were acknowledged."""
    context = zmq.Context()
    context.max_sockets = count + 10
    figures = [snapshot(names, values, seed) for seed in range(4)]
    workers = [Worker(context, f"simulated_{index}", port, token, figures[index % 4]) for index in range(count)]
    start = time.monotonic()
    turn = 0
    # A twentieth of the workers at a time: deltas come evenly, as they do from workers that were started one by one.
    while time.monotonic() - start < seconds and not all(worker.is_over for worker in workers):
        for worker in workers:
            worker.receive()
        if not progress.are_running.is_set() and all(worker.is_running for worker in workers):
            progress.are_running.set()
        for worker in workers[turn % 5::5]:
            worker.heartbeat()
        for worker in workers[turn % 20::20]:
            progress.sent += worker.report()
        turn += 1
        time.sleep(max(0, start + turn * 0.05 - time.monotonic()))
    refused = next((worker.reason for worker in workers if worker.reason), None)
    if refused:
        raise RuntimeError(f"a simulated worker was sent away: {refused}")
    acknowledged = sum(worker.acknowledged for worker in workers)
    for worker in workers:
        worker.socket.close()
    context.term()
    return progress.sent, acknowledged
