import { useState } from "preact/hooks";
import type { Problem } from "../api/client";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { logIn, session } from "./session";
import { words } from "./words";

/** Log-in: password and the authenticator's code, or a printed recovery code. Paste and password managers work. */
export function LogIn() {
  const w = useWords(words);
  const { municipality, isDemo, hasEnded } = useStore(session);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [byPaper, setByPaper] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const second = byPaper ? { recovery_code: code } : { totp: code };
    try {
      setProblem(await logIn({ login, password, ...second }));
    } catch {
      setProblem({
        type: "/problems/unreachable",
        title: "Unreachable",
        status: 0,
        detail: w.text("problem.unreachable"),
      });
    }
    setBusy(false);
  }

  return (
    <main class="narrow">
      <h1 tabIndex={-1}>{w.text("title")}</h1>
      {isDemo && <p class="demo-strip">{w.text("demo.strip")}</p>}
      {municipality && <p>{municipality}</p>}
      {hasEnded && !problem && (
        <Banner tone="info" title={w.text("login.ended")}>
          <p>{w.text("login.ended.words")}</p>
        </Banner>
      )}
      {problem && (
        <Banner tone="danger" title={w.text("login.failed")}>
          <p>{problem.errors?.[0]?.detail ?? problem.detail}</p>
        </Banner>
      )}
      <form onSubmit={submit}>
        <Field
          label={w.text("login.name")}
          value={login}
          onValue={setLogin}
          name="username"
          autocomplete="username"
          spellcheck={false}
          required
        />
        <Field
          label={w.text("login.password")}
          value={password}
          onValue={setPassword}
          type="password"
          name="password"
          autocomplete="current-password"
          required
        />
        <Field
          label={w.text(byPaper ? "login.recovery" : "login.totp")}
          hint={w.text(byPaper ? "login.recovery.hint" : "login.totp.hint")}
          value={code}
          onValue={setCode}
          name="code"
          autocomplete={byPaper ? "off" : "one-time-code"}
          inputMode={byPaper ? "text" : "numeric"}
          spellcheck={false}
          required
        />
        <Button look="primary" type="submit" wide aria-busy={busy}>
          {w.text(busy ? "login.busy" : "login.submit")}
        </Button>
        <Button look="quiet" wide onClick={() => setByPaper(!byPaper)}>
          {w.text(byPaper ? "login.use.totp" : "login.use.recovery")}
        </Button>
      </form>
    </main>
  );
}
