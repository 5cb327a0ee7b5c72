import { useStore } from "../ui/store";
import { LogIn } from "./login";
import { session } from "./session";

/** The console: the log-in, or the page of the place one is at. */
export function App() {
  const { state } = useStore(session);
  return state === "in" ? <main /> : <LogIn />;
}
