// Asks STS who this process is, by the SDK's own chain of credentials; what fails is left to Node to print.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const client = new STSClient({ maxAttempts: 1 });
console.log(await client.send(new GetCallerIdentityCommand({})));
