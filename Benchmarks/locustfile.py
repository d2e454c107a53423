"""The load of the comparison for Locust: two requests, equally often, without a pause.

Locust starts the user class whose wait is asked for: `BENCH_WAIT` is its seconds,
0 by default; 600 gives users that send one request and stay connected.
"""
import os

from locust import FastHttpUser, constant, task


class Bench(FastHttpUser):
    wait_time = constant(float(os.environ.get("BENCH_WAIT", "0")))

    @task
    def a(self):
        self.client.get("/a")

    @task
    def b(self):
        self.client.post("/b", data={"deviceid": "x"})
