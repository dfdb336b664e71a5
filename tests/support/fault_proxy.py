# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that fails on command: a TCP relay that delays, slices, cuts, resets, goes deaf or flips a byte.

    with FaultProxy(("192.0.2.1", 9443), ("127.0.0.1", 8443)) as net:
        net.delay = 0.04       # seconds, each way
        net.slice = 7          # bytes per segment
        net.flip_down(1000)    # changes one bit of that byte of what flows down from now on
        net.cut(), net.reset() # ends what is open: orderly, or by RST
        net.deaf = True        # half open: what is open stays open, nothing moves; new connections work
"""
import asyncio
import socket
import struct
import threading

BLOCK = 65536


class _Pair:
    def __init__(self, down, up):
        self.down, self.up, self.deaf = down, up, False  # towards the one who dialled, towards the server


class FaultProxy:
    def __init__(self, listen, target):
        self.listen, self.target = listen, target
        self.delay, self.slice = 0.0, 0
        self.flipped = 0
        self._flip = {}
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def flip_down(self, after):
        self._flip["down"] = after

    def flip_up(self, after):
        self._flip["up"] = after

    def cut(self):
        self._ask(lambda pair: [w.close() for w in (pair.down, pair.up)])

    def reset(self):
        self._ask(self._abort)

    def go_deaf(self):
        self._ask(lambda pair: setattr(pair, "deaf", True))

    def count(self):
        return len(self._pairs)

    def _ask(self, what):
        done = threading.Event()

        def run():
            for pair in list(self._pairs):
                what(pair)
            done.set()
        self._loop.call_soon_threadsafe(run)
        done.wait()

    @staticmethod
    def _abort(pair):
        for writer in (pair.down, pair.up):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, *self.listen))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for pair in list(self._pairs):
            self._abort(pair)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pump(pair, reader, far_writer, "up"), self._pump(pair, far_reader, writer, "down"))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(pair)
            for w in (writer, far_writer):
                w.close()

    async def _pump(self, pair, reader, writer, way):
        while True:
            data = await reader.read(BLOCK)
            if not data:
                writer.close()
                return
            while pair.deaf:
                await asyncio.sleep(0.05)
            if self.delay:
                await asyncio.sleep(self.delay)
            data = self._maybe_flip(data, way)
            step = self.slice or len(data)
            for at in range(0, len(data), step):
                writer.write(data[at:at + step])
                await writer.drain()
                if self.slice:
                    await asyncio.sleep(0)

    def _maybe_flip(self, data, way):
        left = self._flip.get(way)
        if left is None:
            return data
        if left >= len(data):
            self._flip[way] = left - len(data)
            return data
        del self._flip[way]
        self.flipped += 1
        return data[:left] + bytes([data[left] ^ 1]) + data[left + 1:]
