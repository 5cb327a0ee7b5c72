import { keepStaticFiles, type WorkerScope } from "../offline/worker";

// The build writes the list and the version made from its contents here (scripts/service-worker-files.mjs).
keepStaticFiles(self as unknown as WorkerScope, "public", "__VERSION__", JSON.parse("__FILES__"));
