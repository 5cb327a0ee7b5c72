import { useEffect, useState } from "preact/hooks";
import { Store, useStore } from "../ui/store";
import { follow, type Live } from "./board-stream";

const NOTHING = new Store<Live>({ board: null, state: "connecting" });

/** A round's board, followed as long as the page is open; nothing while there is no round. */
export function useBoard(roundId: string | null): Live {
  const [source, setSource] = useState(NOTHING);
  useEffect(() => {
    if (!roundId) return;
    const following = follow(roundId);
    setSource(following.live);
    return () => {
      following.close();
      setSource(NOTHING);
    };
  }, [roundId]);
  return useStore(source);
}
