// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useId } from "react";
import { useT } from "../i18n";
import { CloseIcon } from "./icons";

interface Props {
	title: string;
	description?: ReactNode;
	onClose: () => void;
	testId: string;
	wide?: boolean;
	footer?: ReactNode;
	children: ReactNode;
}

/** PatternFly's modal with a close button whose label is translated (its own says "Close"). */
export function Dialog(props: Props) {
	const t = useT();
	const id = useId();
	return (
		<Modal
			isOpen
			variant={props.wide ? "medium" : "small"}
			onEscapePress={props.onClose}
			aria-labelledby={`${id}-title`}
			data-testid={props.testId}
		>
			<ModalHeader
				title={props.title}
				labelId={`${id}-title`}
				description={props.description}
				help={
					<Button
						variant="plain"
						aria-label={t("action.close")}
						onClick={props.onClose}
						icon={<CloseIcon />}
					/>
				}
			/>
			<ModalBody tabIndex={0} aria-label={props.title}>
				{props.children}
			</ModalBody>
			{props.footer && <ModalFooter>{props.footer}</ModalFooter>}
		</Modal>
	);
}
