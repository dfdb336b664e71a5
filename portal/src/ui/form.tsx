// SPDX-License-Identifier: GPL-3.0-or-later
import {
	Button,
	Checkbox,
	Form,
	FormGroup,
	FormHelperText,
	FormSelect,
	FormSelectOption,
	HelperText,
	HelperTextItem,
	TextArea,
	TextInput,
	type TextInputProps,
} from "@patternfly/react-core";
import {
	type FormEvent,
	type KeyboardEvent,
	type ReactNode,
	type Ref,
	useId,
	useState,
} from "react";
import { asApiError } from "../api/error";
import { useT } from "../i18n";
import { Dialog } from "./Dialog";
import { fieldText } from "./errorText";
import type { Choice } from "./ListBar";
import { ErrorNotice } from "./Notice";

/** Values of a form and a setter for one of them. */
export function useFields<T extends object>(initial: T) {
	const [values, setValues] = useState<T>(initial);
	const set = <K extends keyof T>(name: K, value: T[K]) =>
		setValues((before) => ({ ...before, [name]: value }));
	return { values, set, reset: () => setValues(initial) };
}

interface FieldProps {
	/** Name in the API: finds the server's complaint about this field. */
	name: string;
	label: string;
	help?: ReactNode;
	error?: unknown;
	required?: boolean;
	/** A complaint found here, before sending. */
	problem?: string | undefined;
}

function useProblem({ name, error, problem }: FieldProps): string | undefined {
	const t = useT();
	if (problem) return problem;
	if (!error) return undefined;
	const found = asApiError(error).fields.find((field) => field.name === name);
	return found && fieldText(t, found.reason);
}

function Group({
	id,
	field,
	problem,
	children,
}: {
	id: string;
	field: FieldProps;
	problem: string | undefined;
	children: ReactNode;
}) {
	return (
		<FormGroup label={field.label} fieldId={id} isRequired={field.required ?? false}>
			{children}
			{(problem || field.help) && (
				<FormHelperText>
					<HelperText id={`${id}-help`}>
						<HelperTextItem variant={problem ? "error" : "default"}>
							{problem ?? field.help}
						</HelperTextItem>
					</HelperText>
				</FormHelperText>
			)}
		</FormGroup>
	);
}

type TextExtras = Pick<
	TextInputProps,
	"type" | "autoComplete" | "inputMode" | "maxLength" | "pattern" | "min" | "max" | "autoFocus"
>;

export function TextField(
	props: FieldProps &
		TextExtras & { value: string; onChange: (value: string) => void; mono?: boolean },
) {
	const { name, label, help, error, required, problem, value, onChange, mono, ...input } = props;
	const id = useId();
	const found = useProblem(props);
	return (
		<Group id={id} field={props} problem={found}>
			<TextInput
				{...input}
				id={id}
				name={name}
				value={value}
				isRequired={required ?? false}
				validated={found ? "error" : "default"}
				aria-describedby={found || help ? `${id}-help` : undefined}
				onChange={(_event, next) => onChange(next)}
				className={mono ? "sk-mono" : ""}
				data-testid={`field-${name}`}
			/>
		</Group>
	);
}

export function AreaField(
	props: FieldProps & {
		value: string;
		onChange: (value: string) => void;
		rows?: number;
		maxLength?: number;
		mono?: boolean;
		area?: Ref<HTMLTextAreaElement>;
	},
) {
	const id = useId();
	const found = useProblem(props);
	return (
		<Group id={id} field={props} problem={found}>
			<TextArea
				id={id}
				ref={props.area}
				name={props.name}
				value={props.value}
				isRequired={props.required ?? false}
				rows={props.rows ?? 3}
				maxLength={props.maxLength}
				resizeOrientation="vertical"
				spellCheck={!props.mono}
				autoComplete="off"
				className={props.mono ? "sk-mono" : ""}
				validated={found ? "error" : "default"}
				aria-describedby={found || props.help ? `${id}-help` : undefined}
				onChange={(_event, next) => props.onChange(next)}
				data-testid={`field-${props.name}`}
			/>
		</Group>
	);
}

export function SelectField(
	props: FieldProps & {
		value: string;
		onChange: (value: string) => void;
		choices: Choice[];
		placeholder?: string;
	},
) {
	const id = useId();
	const found = useProblem(props);
	return (
		<Group id={id} field={props} problem={found}>
			<FormSelect
				id={id}
				name={props.name}
				value={props.value}
				isRequired={props.required ?? false}
				validated={found ? "error" : "default"}
				onChange={(_event, next) => props.onChange(next)}
				data-testid={`field-${props.name}`}
			>
				{props.placeholder !== undefined && (
					<FormSelectOption value="" label={props.placeholder} isPlaceholder />
				)}
				{props.choices.map((choice) => (
					<FormSelectOption key={choice.value} value={choice.value} label={choice.label} />
				))}
			</FormSelect>
		</Group>
	);
}

export function CheckField(props: {
	name: string;
	label: string;
	help?: string;
	value: boolean;
	onChange: (value: boolean) => void;
}) {
	const id = useId();
	return (
		<Checkbox
			id={id}
			name={props.name}
			label={props.label}
			description={props.help}
			isChecked={props.value}
			onChange={(_event, next) => props.onChange(next)}
			data-testid={`field-${props.name}`}
		/>
	);
}

/** Several of some values, as check boxes. */
export function ChecksField<V extends string>(props: {
	name: string;
	label: string;
	choices: { value: V; label: string; description?: string }[];
	value: readonly V[];
	onChange: (value: V[]) => void;
}) {
	const id = useId();
	const toggle = (value: V, on: boolean) =>
		props.onChange(on ? [...props.value, value] : props.value.filter((each) => each !== value));
	return (
		<FormGroup role="group" label={props.label} fieldId={id} isStack>
			{props.choices.map((choice) => (
				<Checkbox
					key={choice.value}
					id={`${id}-${choice.value}`}
					label={choice.label}
					description={choice.description}
					isChecked={props.value.includes(choice.value)}
					onChange={(_event, on) => toggle(choice.value, on)}
					data-testid={`field-${props.name}-${choice.value}`}
				/>
			))}
		</FormGroup>
	);
}

/** Enter that ends an IME conversion must not send the form. */
function holdComposition(event: KeyboardEvent) {
	if (event.key === "Enter" && event.nativeEvent.isComposing) event.preventDefault();
}

export function SafeForm(props: {
	id?: string;
	onSubmit: () => void;
	children: ReactNode;
	className?: string;
	label: string;
}) {
	const submit = (event: FormEvent) => {
		event.preventDefault();
		props.onSubmit();
	};
	return (
		<Form
			id={props.id}
			aria-label={props.label}
			onSubmit={submit}
			onKeyDown={holdComposition}
			className={props.className ?? ""}
			noValidate
		>
			{props.children}
		</Form>
	);
}

/** The part of an error that no field shows. */
export function FormError({ error }: { error: unknown }) {
	return error ? <ErrorNotice error={error} /> : null;
}

interface FormModalProps {
	title: string;
	description?: ReactNode;
	submit: string;
	danger?: boolean;
	pending: boolean;
	disabled?: boolean;
	error?: unknown;
	onSubmit: () => void;
	onClose: () => void;
	children?: ReactNode;
	testId: string;
	wide?: boolean;
}

/** A short form or a confirmation over the page. */
export function FormModal(props: FormModalProps) {
	const t = useT();
	const id = useId();
	return (
		<Dialog
			title={props.title}
			description={props.description}
			onClose={props.onClose}
			testId={props.testId}
			wide={props.wide ?? false}
			footer={
				<>
					<Button
						type="submit"
						form={id}
						variant={props.danger ? "danger" : "primary"}
						isLoading={props.pending}
						isDisabled={props.pending || (props.disabled ?? false)}
						data-testid={`${props.testId}-submit`}
					>
						{props.submit}
					</Button>
					<Button variant="link" onClick={props.onClose}>
						{t("action.cancel")}
					</Button>
				</>
			}
		>
			<SafeForm id={id} label={props.title} onSubmit={props.onSubmit}>
				<FormError error={props.error} />
				{props.children}
			</SafeForm>
		</Dialog>
	);
}
