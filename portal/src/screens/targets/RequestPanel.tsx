// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Alert,
	Button,
	Checkbox,
	DrawerActions,
	DrawerHead,
	DrawerPanelBody,
	DrawerPanelContent,
	FormGroup,
	Title,
	ToggleGroup,
	ToggleGroupItem,
} from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { useMe } from "../../api/me";
import type { MyTarget, MyWorkflow } from "../../api/types";
import { useCreateRequest } from "../../api/use";
import { useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { fromLocalInput, toLocalInput } from "../../lib/time";
import { AreaField, FormError, SafeForm, TextField, useFields } from "../../ui/form";
import { CloseIcon } from "../../ui/icons";
import { EmptyNotice } from "../../ui/Notice";
import { useTimeStyle, useZoneName } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { type Choice, companions, defaultLength, lengthsFor, offerOf } from "./rules";

/** The request form beside the list, for the account in the URL. */
export function RequestPanel({
	targets,
	accountId,
}: {
	targets: MyTarget[];
	accountId: string | undefined;
}) {
	const t = useT();
	const { set } = useUrlState();
	const close = () => set({ ask: undefined });
	const chosen = targets
		.flatMap((target) => target.accounts.map((account) => ({ target, account })))
		.find(({ account }) => account.id === accountId);
	return (
		<DrawerPanelContent defaultSize="440px" minSize="320px" focusTrap={{ enabled: false }}>
			<DrawerHead>
				<Title headingLevel="h2" size="lg">
					{t("request.title")}
				</Title>
				<DrawerActions>
					<Button
						variant="plain"
						aria-label={t("action.close")}
						onClick={close}
						icon={<CloseIcon />}
					/>
				</DrawerActions>
			</DrawerHead>
			<DrawerPanelBody>
				{chosen?.account.workflow && offerOf(chosen.account) === "request" ? (
					<RequestForm
						key={accountId}
						chosen={chosen}
						workflow={chosen.account.workflow}
						others={companions(targets, chosen)}
						onDone={close}
					/>
				) : (
					accountId && <EmptyNotice title={t("request.gone")} body={t("request.gone_body")} />
				)}
			</DrawerPanelBody>
		</DrawerPanelContent>
	);
}

/**
 * The focus goes to the element, unless the person takes it elsewhere, and back to where it was when the
 * panel closes. Until the panel has begun to slide in, nothing in it takes the focus.
 */
function useFocusInside<E extends HTMLElement>() {
	const inside = useRef<E>(null);
	useEffect(() => {
		const before = document.activeElement;
		let frame = 0;
		const enter = () => {
			if (document.activeElement !== before || before === inside.current) return;
			inside.current?.focus({ preventScroll: true });
			frame = requestAnimationFrame(enter);
		};
		enter();
		return () => {
			cancelAnimationFrame(frame);
			if (before instanceof HTMLElement && before.isConnected) before.focus();
		};
	}, []);
	return inside;
}

const nameOf = ({ account, target }: Choice) => `${account.name}@${target.name}`;

function RequestForm(props: {
	chosen: Choice;
	workflow: MyWorkflow;
	others: Choice[];
	onDone: () => void;
}) {
	const t = useT();
	const { workflow } = props;
	const { zone } = useTimeStyle();
	const first = useFocusInside<HTMLTextAreaElement>();
	const create = useCreateRequest();
	const toasts = useToasts();
	const { values, set } = useFields({
		purpose: "",
		ticket: "",
		minutes: defaultLength(workflow.max_minutes),
		later: false,
		start: toLocalInput(new Date(), zone),
		also: [] as string[],
	});
	const starts_at = values.later ? fromLocalInput(values.start, zone) : null;
	const ready =
		values.purpose.trim() !== "" &&
		(!workflow.ticket_required || values.ticket.trim() !== "") &&
		(!values.later || starts_at !== null);
	const submit = () => {
		if (!ready) return;
		create.mutate(
			{
				account_ids: [props.chosen.account.id, ...values.also],
				purpose: values.purpose.trim(),
				minutes: values.minutes,
				...(values.ticket.trim() ? { ticket: values.ticket.trim() } : {}),
				...(starts_at ? { starts_at } : {}),
			},
			{
				onSuccess: (request) => {
					toasts.show("success", t("toast.requested", { number: request.number }));
					props.onDone();
				},
			},
		);
	};
	return (
		<SafeForm label={t("request.title")} onSubmit={submit}>
			<FormError error={create.error} />
			<p className="sk-permit-gate">{nameOf(props.chosen)}</p>
			{props.others.length > 0 && (
				<Companions
					others={props.others}
					value={values.also}
					onChange={(also) => set("also", also)}
				/>
			)}
			<AreaField
				name="purpose"
				area={first}
				label={t("request.purpose")}
				value={values.purpose}
				onChange={(value) => set("purpose", value)}
				error={create.error}
				maxLength={1000}
				rows={3}
				required
			/>
			<TextField
				name="ticket"
				label={t("request.ticket")}
				value={values.ticket}
				onChange={(value) => set("ticket", value)}
				error={create.error}
				maxLength={64}
				required={workflow.ticket_required}
			/>
			<Length
				max={workflow.max_minutes}
				value={values.minutes}
				onChange={(m) => set("minutes", m)}
			/>
			<Start
				later={values.later}
				start={values.start}
				onLater={(later) => set("later", later)}
				onStart={(start) => set("start", start)}
				error={create.error}
			/>
			<Preview workflow={workflow} />
			<Button
				type="submit"
				variant="primary"
				isBlock
				isLoading={create.isPending}
				isDisabled={create.isPending || !ready}
				data-testid="request-submit"
			>
				{t("action.send_request")}
			</Button>
		</SafeForm>
	);
}

function Companions(props: {
	others: Choice[];
	value: string[];
	onChange: (ids: string[]) => void;
}) {
	const t = useT();
	const [open, setOpen] = useState(false);
	const toggle = (id: string, on: boolean) =>
		props.onChange(on ? [...props.value, id] : props.value.filter((each) => each !== id));
	return (
		<details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>{t("request.also", { count: props.value.length })}</summary>
			<div className="sk-stack-tight">
				{props.others.slice(0, 15).map((other) => (
					<Checkbox
						key={other.account.id}
						id={`also-${other.account.id}`}
						label={nameOf(other)}
						isChecked={props.value.includes(other.account.id)}
						onChange={(_event, on) => toggle(other.account.id, on)}
					/>
				))}
			</div>
		</details>
	);
}

function Length(props: { max: number; value: number; onChange: (minutes: number) => void }) {
	const t = useT();
	const text = (minutes: number) =>
		minutes % 60 === 0
			? t("time.hours", { count: minutes / 60 })
			: t("time.minutes", { count: minutes });
	return (
		<FormGroup role="group" fieldId="request-length" label={t("request.length")} isRequired>
			<ToggleGroup aria-label={t("request.length")} id="request-length">
				{lengthsFor(props.max).map((minutes) => (
					<ToggleGroupItem
						key={minutes}
						text={text(minutes)}
						isSelected={props.value === minutes}
						onChange={() => props.onChange(minutes)}
						buttonId={`length-${minutes}`}
					/>
				))}
			</ToggleGroup>
		</FormGroup>
	);
}

function Start(props: {
	later: boolean;
	start: string;
	onLater: (later: boolean) => void;
	onStart: (start: string) => void;
	error: unknown;
}) {
	const t = useT();
	const zone = useZoneName();
	return (
		<FormGroup role="group" fieldId="request-start" label={t("request.start")}>
			<ToggleGroup aria-label={t("request.start")} id="request-start">
				<ToggleGroupItem
					text={t("request.now")}
					isSelected={!props.later}
					onChange={() => props.onLater(false)}
				/>
				<ToggleGroupItem
					text={t("request.later")}
					isSelected={props.later}
					onChange={() => props.onLater(true)}
				/>
			</ToggleGroup>
			{props.later && (
				<TextField
					name="starts_at"
					type="datetime-local"
					label={t("request.start_at", { zone })}
					value={props.start}
					onChange={props.onStart}
					error={props.error}
				/>
			)}
		</FormGroup>
	);
}

/** What happens after sending: who decides, and what the workflow asks for. */
function Preview({ workflow }: { workflow: MyWorkflow }) {
	const t = useT();
	const me = useMe();
	const automatic = workflow.approvers.length === 0;
	return (
		<Alert
			variant="info"
			isInline
			component="p"
			variantLabel={t("variant.info")}
			title={
				automatic
					? t("request.preview_auto")
					: t("request.preview", { groups: workflow.approvers.join(t("list.then")) })
			}
			data-testid="policy-preview"
		>
			<ul>
				<li>{t("request.preview_flow", { name: workflow.name })}</li>
				<li>{t("request.preview_max", { count: workflow.max_minutes })}</li>
				{!automatic && !workflow.self_approval && me?.permissions.includes("request.approve") && (
					<li>{t("request.preview_self")}</li>
				)}
			</ul>
		</Alert>
	);
}
