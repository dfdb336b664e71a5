// SPDX-License-Identifier: GPL-3.0-or-later
import type { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";
import {
	decodeFrame,
	encodeEnd,
	encodeInput,
	encodeResize,
	type ServerFrame,
	STAGES,
	type StageName,
	type StageState,
	TERMINAL_PROTOCOL,
} from "../../lib/frames";
import { createTerminal, fitted } from "../../lib/xterm";

export interface LinkView {
	phase: "connecting" | "live" | "ended";
	stages: Record<StageName, { state: StageState | "open"; text: string }>;
	leaseEnd: number | null;
	ended: { hop: string; reason: string; text: string } | null;
	notice: string | null;
	/** Its sign-in ended: when it ends too (unix ms), unless it is kept. */
	heldUntil: number | null;
}

const START: LinkView = {
	phase: "connecting",
	stages: Object.fromEntries(
		STAGES.map((stage) => [stage, { state: "open", text: "" }]),
	) as LinkView["stages"],
	leaseEnd: null,
	ended: null,
	notice: null,
	heldUntil: null,
};

/** The next view after a frame; output is not part of the view. */
export function reduce(view: LinkView, frame: ServerFrame): LinkView {
	switch (frame.type) {
		case "stage": {
			const stages = { ...view.stages, [frame.stage]: { state: frame.state, text: frame.text } };
			const live = frame.stage === "live" && frame.state === "done";
			return { ...view, stages, phase: live ? "live" : view.phase };
		}
		case "lease_end":
			return { ...view, leaseEnd: frame.at };
		case "ended":
			return {
				...view,
				phase: "ended",
				heldUntil: null,
				ended: { hop: frame.hop, reason: frame.reason, text: frame.text },
			};
		case "notice":
			return { ...view, notice: frame.text };
		case "hold":
			return { ...view, heldUntil: frame.seconds > 0 ? Date.now() + frame.seconds * 1000 : null };
		default:
			return view;
	}
}

export const initialView = START;

/**
 * One session's WebSocket and its terminal. Lives outside React, so that a terminal keeps running
 * and keeps its scrollback while another page is shown.
 */
export class TerminalLink {
	readonly sessionId: string;
	/** Holds the terminal's elements; moved into the page by whoever shows it. */
	readonly host = document.createElement("div");
	private readonly terminal: Terminal = createTerminal();
	private readonly fit: FitAddon = fitted(this.terminal);
	private readonly socket: WebSocket;
	private readonly listeners = new Set<() => void>();
	private view: LinkView = START;

	constructor(sessionId: string) {
		this.sessionId = sessionId;
		this.host.className = "sk-terminal-screen";
		this.host.dataset.testid = "terminal-screen";
		const url = new URL(
			`/api/v1/sessions/${encodeURIComponent(sessionId)}/terminal`,
			location.href,
		);
		url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
		this.socket = new WebSocket(url, TERMINAL_PROTOCOL);
		this.socket.binaryType = "arraybuffer";
		this.socket.onopen = () => this.sendSize();
		this.socket.onmessage = (event) => this.receive(event.data);
		this.socket.onclose = () => this.lost();
		this.terminal.onData((data) => this.send(encodeInput(data)));
		this.terminal.onBinary((data) =>
			this.send(encodeInput(Uint8Array.from(data, (each) => each.charCodeAt(0)))),
		);
		this.terminal.onResize(() => this.sendSize());
	}

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};
	getView = (): LinkView => this.view;

	/** Shows the terminal inside an element; call the returned function to take it out again. */
	attach(parent: HTMLElement): () => void {
		parent.append(this.host);
		if (!this.terminal.element) this.terminal.open(this.host);
		this.refit();
		this.terminal.focus();
		const observer = new ResizeObserver(() => this.refit());
		observer.observe(this.host);
		return () => {
			observer.disconnect();
			this.host.remove();
		};
	}

	focus(): void {
		this.terminal.focus();
	}

	setScreenReader(on: boolean): void {
		this.terminal.options.screenReaderMode = on;
	}

	/** Text on the screen and above it, for tests and for copying all. */
	text(): string {
		const buffer = this.terminal.buffer.active;
		const lines: string[] = [];
		for (let row = 0; row < buffer.length; row++)
			lines.push(buffer.getLine(row)?.translateToString(true) ?? "");
		return lines.join("\n").trimEnd();
	}

	end(): void {
		this.send([encodeEnd()]);
	}

	dispose(): void {
		this.socket.close(1000);
		this.terminal.dispose();
		this.host.remove();
	}

	private refit(): void {
		if (this.host.clientWidth > 0) this.fit.fit();
	}

	private sendSize(): void {
		this.send([encodeResize(this.terminal.cols, this.terminal.rows)]);
	}

	private send(frames: Uint8Array<ArrayBuffer>[]): void {
		if (this.socket.readyState !== WebSocket.OPEN) return;
		for (const frame of frames) this.socket.send(frame);
	}

	private receive(data: unknown): void {
		if (!(data instanceof ArrayBuffer)) return;
		const frame = decodeFrame(data);
		if (frame.type === "output") this.terminal.write(frame.data);
		else this.change(reduce(this.view, frame));
	}

	/** The socket closed without the server saying why. */
	private lost(): void {
		if (this.view.phase === "ended") return;
		this.change({
			...this.view,
			phase: "ended",
			heldUntil: null,
			ended: { hop: "", reason: "terminal.lost", text: "" },
		});
	}

	private change(view: LinkView): void {
		if (view === this.view) return;
		const wasLive = this.view.phase === "live";
		this.view = view;
		if (view.phase === "ended") this.terminal.options.disableStdin = true;
		for (const listener of this.listeners) listener();
		if (!wasLive && view.phase === "live") this.terminal.focus();
	}
}
