// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useRef, useState } from "react";

/** A file of this computer; the same one again counts as a new choice, once it is corrected. */
export function FileChoice(props: {
	label: string;
	none: string;
	accept: string;
	testId: string;
	onFile: (file: File | undefined) => void;
}) {
	const input = useRef<HTMLInputElement>(null);
	const [name, setName] = useState("");
	const choose = (file: File | undefined) => {
		setName(file?.name ?? "");
		props.onFile(file);
	};
	return (
		<div className="sk-row">
			<Button
				variant="secondary"
				onClick={() => input.current?.click()}
				data-testid={`${props.testId}-choose`}
			>
				{props.label}
			</Button>
			<span className="sk-break">{name || props.none}</span>
			<input
				ref={input}
				type="file"
				hidden
				accept={props.accept}
				aria-label={props.label}
				onChange={(event) => choose(event.currentTarget.files?.[0])}
				onClick={(event) => {
					event.currentTarget.value = "";
				}}
				data-testid={`${props.testId}-file`}
			/>
		</div>
	);
}
