import { useEffect, useState } from "preact/hooks";
import type { components } from "../api/schema";

export type AttendanceNow = components["schemas"]["AttendanceNow"];

/** Nothing heard for so long means that the stream is down, whatever the browser thinks. */
const SILENCE_MS = 15_000;

/** A drill's attendance, followed as long as the page is open. */
export function useAttendance(event: string): { now: AttendanceNow | null; isStale: boolean } {
  const [now, setNow] = useState<AttendanceNow | null>(null);
  const [isStale, setStale] = useState(false);
  useEffect(() => {
    let source: EventSource;
    let silence: ReturnType<typeof setTimeout>;
    let again: ReturnType<typeof setTimeout>;
    const heard = (told: MessageEvent<string>) => {
      clearTimeout(silence);
      silence = setTimeout(lost, SILENCE_MS);
      setStale(false);
      setNow(JSON.parse(told.data) as AttendanceNow);
    };
    const lost = () => {
      clearTimeout(silence);
      source.close();
      setStale(true);
      again = setTimeout(open, 1000 + Math.random() * 2000);
    };
    const open = () => {
      source = new EventSource(`/api/v1/drills/${event}/attendance/stream`);
      silence = setTimeout(lost, SILENCE_MS);
      source.addEventListener("attendance", heard);
      source.addEventListener("patch", heard);
      source.onerror = lost;
    };
    open();
    return () => {
      clearTimeout(silence);
      clearTimeout(again);
      source.close();
    };
  }, [event]);
  return { now, isStale };
}
