// SPDX-License-Identifier: GPL-3.0-or-later
import { estimate } from "./strengthData";

export interface Question {
	id: number;
	password: string;
	own: readonly string[];
}

addEventListener("message", ({ data }: MessageEvent<Question>) =>
	postMessage({ id: data.id, strength: estimate(data.password, data.own) }),
);
