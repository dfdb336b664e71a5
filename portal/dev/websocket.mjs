// SPDX-License-Identifier: GPL-3.0-or-later
// Just enough of RFC 6455 for the fixture server: one accepted socket, binary frames.
import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function accept(request, socket, protocol) {
	const key = createHash("sha1")
		.update(request.headers["sec-websocket-key"] + GUID)
		.digest("base64");
	socket.write(
		`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
			`Sec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
	);
}

export function send(socket, bytes) {
	const length = bytes.length;
	const head =
		length < 126
			? Buffer.from([0x82, length])
			: Buffer.from([0x82, 126, length >> 8, length & 255]);
	socket.write(Buffer.concat([head, bytes]));
}

/** Calls each with the payload of every complete frame. */
export function receive(socket, each) {
	let buffer = Buffer.alloc(0);
	socket.on("data", (data) => {
		buffer = Buffer.concat([buffer, data]);
		for (;;) {
			if (buffer.length < 6) return;
			const short = buffer[1] & 127;
			const head = short === 126 ? 4 : 2;
			const length = short === 126 ? buffer.readUInt16BE(2) : short;
			if (buffer.length < head + 4 + length) return;
			const mask = buffer.subarray(head, head + 4);
			const payload = Buffer.from(buffer.subarray(head + 4, head + 4 + length)).map(
				(byte, at) => byte ^ mask[at % 4],
			);
			const opcode = buffer[0] & 15;
			buffer = buffer.subarray(head + 4 + length);
			if (opcode === 8) return socket.end();
			each(payload);
		}
	});
	socket.on("error", () => socket.destroy());
}
