// Reads cases as JSON lines ({principal, context, policy}), and answers each with what the npm package
// @cloud-copilot/iam-simulate decides. Run by compare.py, in development only.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const found = createRequire(pathToFileURL(`${process.argv[2]}/package.json`)).resolve("@cloud-copilot/iam-simulate");
const { runSimulation } = await import(pathToFileURL(found));

for await (const line of createInterface({ input: process.stdin })) {
  const { principal, context, policy, role } = JSON.parse(line);
  const request = {
    principal,
    action: "sts:AssumeRoleWithWebIdentity",
    resource: { resource: role, accountId: role.split(":")[4] },
    contextVariables: context,
  };
  const answer = await runSimulation(
    {
      request,
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy,
    },
    { simulationMode: "Strict" },
  );
  console.log(JSON.stringify({ decision: answer.overallResult ?? null, errors: answer.errors ?? null }));
}
