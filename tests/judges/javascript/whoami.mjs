// Asks STS who this process is, by the SDK's own chain of credentials; what fails is left to Node to print.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const requestHandler = { connectionTimeout: 2000, requestTimeout: 2000, throwOnRequestTimeout: true };
const client = new STSClient({ maxAttempts: 1, requestHandler });
console.log(await client.send(new GetCallerIdentityCommand({})));
