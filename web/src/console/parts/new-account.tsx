import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Radios } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import type { Factors } from "../pages/accounts";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Role = components["schemas"]["Role"];
const ROLES: Role[] = ["hq_staff", "district_lead", "planner", "auditor", "admin"];

/** Make a log-in; its first password must be changed at the first log-in. */
export function NewAccount(props: {
  onDone: (name: string, factors: Factors) => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [name, setName] = useState("");
  const [login, setLogin] = useState("");
  const [role, setRole] = useState<Role>("hq_staff");
  const [password, setPassword] = useState("");
  const [districts, setDistricts] = useState<string[]>([]);
  const act = useAct();
  const asked = useAsk("districts", () => api.GET("/districts"));

  async function submit(event: Event) {
    event.preventDefault();
    const body = {
      id,
      name,
      login,
      role,
      password,
      districts: role === "district_lead" ? districts : [],
    };
    const told = await act.run(() => api.POST("/accounts", { body }));
    if (told?.ok) await props.onDone(name, told.data);
  }

  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("accounts.add")}</h2>
      <ProblemBanner problem={act.problem} shown={["/name", "/login", "/password", "/districts"]} />
      <Field
        label={w.text("account.name")}
        error={fieldError(act.problem, "/name")}
        value={name}
        onValue={setName}
        maxLength={100}
        required
      />
      <Field
        label={w.text("login.name")}
        hint={w.text("account.login.hint")}
        error={fieldError(act.problem, "/login")}
        value={login}
        onValue={setLogin}
        autocomplete="off"
        spellcheck={false}
        maxLength={60}
        required
      />
      <Radios
        label={w.text("account.role")}
        value={role}
        onValue={setRole}
        options={ROLES.map((value) => ({
          value,
          label: w.text(`role.${value}`),
          hint: w.text(`role.${value}.hint`),
        }))}
      />
      {role === "district_lead" && (
        <Checks
          label={w.text("district")}
          error={fieldError(act.problem, "/districts")}
          hint={asked.problem?.detail}
          values={districts}
          onValues={setDistricts}
          options={(asked.data?.items ?? []).map((d) => ({ value: d.id, label: d.name }))}
        />
      )}
      <Field
        label={w.text("account.first_password")}
        hint={w.text("password.new.hint")}
        error={fieldError(act.problem, "/password")}
        type="password"
        autocomplete="new-password"
        value={password}
        onValue={setPassword}
        required
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("accounts.submit")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
