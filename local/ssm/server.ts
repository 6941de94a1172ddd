import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readBody } from '../api-gateway/body.ts';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';

const maxRequestBytes = 64 * 1024;
/** Of a parameter of the standard tier. */
const maxValueBytes = 4096;

interface Stored {
  type: string;
  value: string;
  version: number;
}

interface Asked {
  Name?: string;
  Value?: string;
  Type?: string;
  Overwrite?: boolean;
  WithDecryption?: boolean;
}

class ParameterError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const isParameters = (value: unknown): value is Record<string, Stored> => isObject(value) && Object.values(value).every((one) => isObject(one) && typeof one.value === 'string');

/** Parameter Store (AWS JSON 1.1), as far as Segue uses it: GetParameter, PutParameter, DeleteParameter. Values lie in a file for this user only. */
export function createParameterServer(file: string): Server {
  const all = (): Record<string, Stored> => readJsonFile(file, { isValid: isParameters, advice: 'Delete it, and links in emails sent so far stop working; or restore it from a copy.' }) ?? {};
  // A damaged file is told of at the start, and not when a link is signed.
  all();
  const save = (parameters: Record<string, Stored>) => replaceFile(file, JSON.stringify(parameters, null, 2), 0o600);
  const found = (name: string): Stored => {
    const parameter = Object.hasOwn(all(), name) ? all()[name] : undefined;
    if (parameter === undefined) throw new ParameterError('ParameterNotFound', `parameter ${name} does not exist`);
    return parameter;
  };
  const actions: Record<string, (asked: Asked) => object> = {
    GetParameter({ Name = '', WithDecryption = false }) {
      const { type, value, version } = found(Name);
      const isHidden = type === 'SecureString' && !WithDecryption;
      return { Parameter: { Name, Type: type, Value: isHidden ? Buffer.from(`encrypted ${randomUUID()}`).toString('base64') : value, Version: version } };
    },
    PutParameter({ Name = '', Value = '', Type = 'String', Overwrite = false }) {
      if (Name === '' || Value === '') throw new ParameterError('ValidationException', 'Name and Value must not be empty');
      if (Buffer.byteLength(Value) > maxValueBytes) throw new ParameterError('ValidationException', `Standard tier parameters support a maximum parameter value of ${maxValueBytes} characters.`);
      const parameters = all();
      if (Object.hasOwn(parameters, Name) && !Overwrite) throw new ParameterError('ParameterAlreadyExists', 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
      const version = (parameters[Name]?.version ?? 0) + 1;
      save({ ...parameters, [Name]: { type: Type, value: Value, version } });
      return { Version: version, Tier: 'Standard' };
    },
    DeleteParameter({ Name = '' }) {
      found(Name);
      const { [Name]: _gone, ...rest } = all();
      save(rest);
      return {};
    },
  };
  return createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
      response.end(JSON.stringify(body));
    };
    const handle = async () => {
      const name = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (action === undefined) return answer(400, { __type: 'UnknownOperationException', message: `${name}: the local runtime knows ${Object.keys(actions).join(', ')}` });
      answer(200, action(JSON.parse((await readBody(request, maxRequestBytes)) ?? '{}') as Asked));
    };
    handle().catch((error: unknown) =>
      error instanceof ParameterError ? answer(400, { __type: error.code, message: error.message }) : answer(500, { __type: 'InternalServerError', message: String(error) }),
    );
  });
}
