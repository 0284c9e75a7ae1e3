#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A worker for Weir's cloud stages in Python: answers the work of a detector's service (docs/wire.md)."""

import argparse
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from detector import Detector
from weir_wire import (CANCEL, GOAWAY, HELLO, HELLO_ACK, MAX_BODY, NACK, PING, PONG, RESULT, WORK, array_of, message,
                       receive, tensor)


class Device:
    """The link to one device: its thread hears messages, the pool's thread works, and either answers."""

    def __init__(self, link, detector, pool, options):
        self.link, self.detector, self.pool, self.options = link, detector, pool, options
        self.session = int.from_bytes(os.urandom(8), "little")
        self.sending, self.open = threading.Lock(), set()
        if link.family == socket.AF_INET:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        with self.link:
            try:
                self.converse()
            except (OSError, ValueError, KeyError, TypeError) as error:
                print(f"link closed: {error}", flush=True)

    def send(self, kind, number, session, body=None):
        with self.sending:
            self.link.sendall(message(kind, number, session, body))

    def converse(self):
        self.link.settimeout(3)
        kind, _, _, _, hello = receive(self.link)
        if kind != HELLO:
            return self.send(GOAWAY, 0, self.session, {"reason": "protocol"})
        self.link.settimeout(None)
        self.send(HELLO_ACK, 0, self.session, self.welcome(hello["services"]))
        while kind != GOAWAY:
            kind, budget, number, session, body = receive(self.link)
            if kind == PING:
                self.send(PONG, number, self.session)
            elif kind == WORK:
                self.open.add(number)
                self.pool.submit(self.answer, number, session, body, time.monotonic(), budget)
            elif kind == CANCEL:
                self.open.discard(number)

    def welcome(self, services):
        """Whoever starts this worker says which model it runs: it takes the fingerprint it was given, or any."""
        answers = []
        for wanted in services:
            name, fingerprint = wanted["name"], wanted["fingerprint"]
            known, same = name == self.options.service, fingerprint.startswith(self.options.fingerprint)
            reason = "unknown_service" if not known else "" if same else "other_fingerprint"
            print(f"asked for {name} {fingerprint[:12]}: {reason or 'offered'}", flush=True)
            answers.append({"name": name, "fingerprint": "" if reason else fingerprint, "offered": not reason,
                            "reason": reason})
        return {"name": "worker.py", "services": answers, "messages": 2, "bytes": 2 * MAX_BODY, "parallel": 1,
                "max_body": MAX_BODY, "heartbeat_us": 100_000}

    def answer(self, number, session, work, arrived, budget):
        try:
            if number not in self.open:
                return  # cancelled
            self.open.discard(number)
            if budget and time.monotonic() - arrived > budget:
                return self.send(NACK, number, session, {"reason": "expired", "retry_us": 0, "text": ""})
            outputs = [self.detect(work)]
            spent = int((time.monotonic() - arrived) * 1e6)
            self.send(RESULT, number, session, {"service_us": spent, "outputs": outputs})
        except OSError:
            pass  # the device is gone; its own thread says so
        except Exception as error:  # whatever a frame makes go wrong ends this work only
            print(f"work {number} failed: {error!r}", flush=True)
            self.send(NACK, number, session, {"reason": "bad_request", "retry_us": 0, "text": repr(error)[:200]})

    def detect(self, work):
        frame = next(payload for payload in work["inputs"] if payload and payload["type"] == "Frame")
        image = array_of(frame["tensor"])
        boxes, scores, labels = self.detector(image)
        return {"type": "Detections", "width": image.shape[1], "height": image.shape[0],
                "classes": self.detector.classes, "boxes": tensor(boxes), "scores": tensor(scores),
                "labels": tensor(labels)}


def listen(address):
    scheme, _, place = address.partition(":")
    if scheme == "unix":
        listener = socket.socket(socket.AF_UNIX)
        mask = os.umask(0o177)  # for nobody else
        listener.bind(place)
        os.umask(mask)
    else:
        host, _, port = place.lstrip("/").rpartition(":")
        if scheme != "tcp" or host != "127.0.0.1":
            raise SystemExit("without TLS this worker listens on tcp://127.0.0.1:PORT or unix:/PATH only")
        listener = socket.create_server((host, int(port)))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    listener.listen()
    print(f"listening on {address}", flush=True)
    return listener


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--listen", default="tcp://127.0.0.1:7070", help="or unix:/PATH; port 0: a free one")
    options.add_argument("--model", default="models/weir_nano.onnx")
    options.add_argument("--size", default="640x192", help="of the network's input, as in the launch file")
    options.add_argument("--service", default="detect", help="name of the stage in the launch file")
    options.add_argument("--fingerprint", default="", help="offer the service under this one (or its start) only")
    options = options.parse_args()
    detector, pool = Detector(options.model, *map(int, options.size.split("x"))), ThreadPoolExecutor(1)
    listener = listen(options.listen)
    while True:
        link, _ = listener.accept()
        threading.Thread(target=Device(link, detector, pool, options).run, daemon=True).start()


if __name__ == "__main__":
    main()
