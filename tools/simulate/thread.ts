import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { carryOut, type Answer, type Order } from './crew.ts';

/** Another thread of a crew: does its orders one by one. */
const port = parentPort as MessagePort;
const plan = compilePlan(workerData as Config);
const answer = (message: Answer): void => port.postMessage(message);

port.on('message', (order: Order) => void carryOut(plan, order, (progress) => answer({ progress })).then((result) => answer({ result })));
