"""The curves over connections and over names for Locust. WAIT is the mean pause in seconds; with NAMES, GET / under one of so many names."""
import os
import random
import time
import uuid

from locust import FastHttpUser, between, task

PAUSE = float(os.environ["WAIT"])
NAMES = [f"/page/{number + 1}" for number in range(int(os.environ.get("NAMES", "0")))]


class Device(FastHttpUser):
    wait_time = between(PAUSE / 2, PAUSE * 3 / 2)

    def on_start(self):
        self.deviceid = str(uuid.uuid4())

    @task
    def once(self):
        if NAMES:
            self.client.get("/", name=random.choice(NAMES))
        elif random.random() < 0.001:
            self.client.post("/login", data={"deviceid": self.deviceid})
        else:
            self.client.post("/metrics", data={"deviceid": self.deviceid, "timestamp": time.time()})
