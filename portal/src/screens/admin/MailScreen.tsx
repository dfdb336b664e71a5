// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Alert,
	Button,
	Card,
	CardBody,
	CardFooter,
	CardTitle,
	DescriptionList,
	Skeleton,
} from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useState } from "react";
import { useMail, useMailPassword, useTestMail, useUpdateMail } from "../../api/mail";
import { useMay } from "../../api/me";
import type { Mail, MailSecurity } from "../../api/types";
import { useT } from "../../i18n";
import { Fact } from "../../ui/Fact";
import { AreaField, FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { ErrorNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { Time } from "../../ui/Time";
import { useToasts } from "../../ui/Toasts";
import { useSaved } from "./parts";
import { FACTS } from "./providerParts";

/** The mail server that takes notices, a test of it, and what did not get through. */
export function MailScreen() {
	const t = useT();
	const query = useMail();
	return (
		<PageFrame title={t("mail.title")} description={t("mail.description")} ready={!query.isPending}>
			{query.error && !query.data ? (
				<ErrorNotice error={query.error} retry={() => void query.refetch()} />
			) : query.data ? (
				<div className="sk-stack">
					<Server mail={query.data} />
					<Delivery mail={query.data} />
				</div>
			) : (
				<Skeleton height="16rem" screenreaderText={t("state.loading")} />
			)}
		</PageFrame>
	);
}

function Server({ mail }: { mail: Mail }) {
	const t = useT();
	const toasts = useToasts();
	const manages = useMay("policy.manage");
	const test = useTestMail();
	const [open, setOpen] = useState<"edit" | "password" | null>(null);
	const close = () => setOpen(null);
	return (
		<Card>
			<CardTitle component="h2">{t("mail.server")}</CardTitle>
			<CardBody>
				{mail.host === "" ? (
					<p data-testid="mail-off">{t("mail.off")}</p>
				) : (
					<DescriptionList {...FACTS} data-testid="mail-server">
						<Fact label={t("mail.host")} value={`${mail.host} : ${mail.port}`} />
						<Fact label={t("mail.security")} value={t(`mail.security.${mail.security}`)} />
						<Fact label={t("mail.sender")} value={mail.sender} />
						<Fact label={t("mail.login")} value={mail.login || t("value.none")} />
						<Fact
							label={t("mail.password")}
							value={t(mail.has_password ? "mail.password_stored" : "mail.password_none")}
						/>
						<Fact label={t("mail.ca")} value={t(mail.ca ? "mail.ca_own" : "mail.ca_machine")} />
					</DescriptionList>
				)}
				{mail.test && <TestResult test={mail.test} />}
			</CardBody>
			{manages && (
				<CardFooter>
					<span className="sk-row">
						<Button variant="secondary" onClick={() => setOpen("edit")} data-testid="edit-mail">
							{t("action.edit")}
						</Button>
						{mail.host !== "" && mail.login !== "" && (
							<Button
								variant="secondary"
								onClick={() => setOpen("password")}
								data-testid="mail-password"
							>
								{t("mail.password_set")}
							</Button>
						)}
						{mail.host !== "" && (
							<Button
								variant="secondary"
								isLoading={test.isPending}
								onClick={() => test.mutate(null, { onError: toasts.fail })}
								data-testid="test-mail"
							>
								{t("mail.test")}
							</Button>
						)}
					</span>
				</CardFooter>
			)}
			{open === "edit" && <EditModal mail={mail} onClose={close} />}
			{open === "password" && <PasswordModal onClose={close} />}
		</Card>
	);
}

function TestResult({ test }: { test: NonNullable<Mail["test"]> }) {
	const t = useT();
	const variant = test.state === "sent" ? "success" : test.state === "waiting" ? "info" : "danger";
	const title =
		test.state === "sent"
			? t("mail.test_sent", { address: test.address ?? "" })
			: t(test.state === "waiting" ? "mail.test_waiting" : "mail.test_failed");
	return (
		<Alert
			variant={variant}
			variantLabel={t(`variant.${variant}`)}
			isInline
			component="p"
			title={title}
			className="sk-part"
			data-testid="mail-test"
		>
			{test.error && <p className="sk-mono sk-break">{test.error}</p>}
		</Alert>
	);
}

function Delivery({ mail }: { mail: Mail }) {
	const t = useT();
	return (
		<Card>
			<CardTitle component="h2">{t("mail.delivery")}</CardTitle>
			<CardBody>
				<div className="sk-stack">
					<p>
						{t("mail.waiting", { count: mail.waiting })}{" "}
						{mail.sent_at && (
							<>
								{t("mail.sent_at")} <Time at={mail.sent_at} />
							</>
						)}
					</p>
					{mail.error && (
						<Alert
							variant="warning"
							variantLabel={t("variant.warning")}
							isInline
							component="p"
							title={t("mail.error")}
							data-testid="mail-error"
						>
							<p className="sk-mono sk-break">{mail.error}</p>
							<p>
								<Time at={mail.error_at} />
							</p>
						</Alert>
					)}
					{mail.failures.length > 0 && <Failures mail={mail} />}
				</div>
			</CardBody>
		</Card>
	);
}

function Failures({ mail }: { mail: Mail }) {
	const t = useT();
	return (
		<Table
			aria-label={t("mail.failures")}
			variant="compact"
			gridBreakPoint="grid-lg"
			data-testid="mail-failures"
		>
			<Thead>
				<Tr>
					<Th modifier="nowrap">{t("notices.what")}</Th>
					<Th modifier="nowrap">{t("users.login")}</Th>
					<Th modifier="nowrap">{t("users.email")}</Th>
					<Th modifier="nowrap">{t("notices.when")}</Th>
					<Th modifier="nowrap">{t("mail.answer")}</Th>
				</Tr>
			</Thead>
			<Tbody>
				{mail.failures.map((row) => (
					<Tr key={row.id}>
						<Td dataLabel={t("notices.what")}>{t(`notice.${row.kind}`)}</Td>
						<Td dataLabel={t("users.login")}>{row.login}</Td>
						<Td dataLabel={t("users.email")}>{row.address}</Td>
						<Td dataLabel={t("notices.when")}>
							<Time at={row.occurred_at} />
						</Td>
						<Td dataLabel={t("mail.answer")}>
							{t(`notice_state.${row.state}`)}{" "}
							<span className="sk-mono sk-small sk-break">{row.error}</span>
						</Td>
					</Tr>
				))}
			</Tbody>
		</Table>
	);
}

const SECURITIES: MailSecurity[] = ["starttls", "tls", "loopback"];

function EditModal({ mail, onClose }: { mail: Mail; onClose: () => void }) {
	const t = useT();
	const update = useUpdateMail();
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		host: mail.host,
		port: String(mail.port),
		security: mail.security,
		sender: mail.sender,
		login: mail.login,
		ca: mail.ca ?? "",
	});
	const port = Number(values.port);
	const submit = () => {
		const body = {
			host: values.host.trim(),
			port,
			security: values.security,
			sender: values.sender.trim(),
			login: values.login,
			ca: values.ca.trim() === "" ? null : values.ca,
		};
		update.mutate({ version: mail.version, body }, saved);
	};
	const text = (name: "host" | "sender" | "login", help: string, maxLength: number) => (
		<TextField
			name={name}
			label={t(`mail.${name}`)}
			help={help}
			value={values[name]}
			onChange={(value) => set(name, value)}
			error={update.error}
			maxLength={maxLength}
			autoComplete="off"
		/>
	);
	return (
		<FormModal
			testId="mail-dialog"
			title={t("mail.server")}
			description={mail.has_password ? t("mail.password_dropped") : undefined}
			submit={t("action.save")}
			pending={update.isPending}
			disabled={!(port >= 1 && port <= 65535)}
			error={update.error}
			onSubmit={submit}
			onClose={onClose}
		>
			{text("host", t("mail.host_help"), 253)}
			<SelectField
				name="security"
				label={t("mail.security")}
				value={values.security}
				onChange={(value) => set("security", value as MailSecurity)}
				error={update.error}
				choices={SECURITIES.map((value) => ({ value, label: t(`mail.security.${value}`) }))}
			/>
			<TextField
				name="port"
				label={t("mail.port")}
				help={t("mail.port_help")}
				value={values.port}
				onChange={(value) => set("port", value.replace(/\D/g, ""))}
				error={update.error}
				inputMode="numeric"
				maxLength={5}
				required
			/>
			{text("sender", t("mail.sender_help"), 254)}
			{text("login", t("mail.login_help"), 255)}
			<AreaField
				name="ca"
				label={t("mail.ca")}
				help={t("mail.ca_help")}
				value={values.ca}
				onChange={(value) => set("ca", value)}
				error={update.error}
				rows={5}
				maxLength={16384}
				mono
			/>
		</FormModal>
	);
}

/** Written into the vault and never shown again. */
function PasswordModal({ onClose }: { onClose: () => void }) {
	const t = useT();
	const store = useMailPassword();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ password: "" });
	return (
		<FormModal
			testId="mail-password-dialog"
			title={t("mail.password_set")}
			description={t("mail.password_body")}
			submit={t("action.save")}
			pending={store.isPending}
			disabled={values.password === ""}
			error={store.error}
			onSubmit={() => store.mutate(values.password, saved)}
			onClose={onClose}
		>
			<TextField
				name="password"
				type="password"
				label={t("mail.password")}
				value={values.password}
				onChange={(value) => set("password", value)}
				error={store.error}
				autoComplete="off"
				maxLength={1024}
				required
			/>
		</FormModal>
	);
}
