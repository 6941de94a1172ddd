import { DescribeContinuousBackupsCommand, DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import type { Check, Context } from '../context.ts';
import { counted, orOk, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

interface TableProperties {
  DeletionProtectionEnabled?: boolean;
  TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean };
  PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled: boolean };
}

/** One finding at most for each table. */
async function forEachTable({ template, deployed }: Context, says: string, look: (name: string, wanted: TableProperties) => Promise<Finding | undefined>): Promise<readonly Finding[]> {
  const tables = resourcesOf<TableProperties>(template, 'AWS::DynamoDB::Table');
  const found = await Promise.all(tables.map(async ([id, wanted]) => look(await deployed.physicalId(id), wanted)));
  return orOk(found.filter((finding) => finding !== undefined), `${counted(tables.length, 'table')} ${says}`);
}

export const tables: Check = {
  name: 'tables',
  permissions: ['dynamodb:DescribeTable'],
  run: (context) =>
    forEachTable(context, 'exist, protected from deletion as the stage asks', async (name, { DeletionProtectionEnabled: wanted = false }) => {
      try {
        const { Table } = await context.clients.dynamodb.send(new DescribeTableCommand({ TableName: name }));
        if (Table?.TableStatus !== 'ACTIVE') return warning(`table ${name} is ${Table?.TableStatus}`, 'wait, and run this again');
        if (wanted && !Table.DeletionProtectionEnabled) return wrong(`table ${name} is not protected from deletion`, `aws dynamodb update-table --table-name ${name} --deletion-protection-enabled`);
        return undefined;
      } catch (error) {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return wrong(`table ${name} is gone`, 'restore it under that name from a backup, or by npm run replay into a new stage');
        throw error;
      }
    }),
};

const byTheRuntime: Finding = { status: 'unavailable', says: 'the local runtime deletes what has expired by itself' };

export const expiry: Check = {
  name: 'expiry',
  permissions: ['dynamodb:DescribeTimeToLive'],
  run: async (context) =>
    context.isLocal ? byTheRuntime : forEachTable(context, 'delete what has expired', async (name, { TimeToLiveSpecification: wanted }) => {
      if (!wanted?.Enabled) return undefined;
      const { TimeToLiveDescription: found } = await context.clients.dynamodb.send(new DescribeTimeToLiveCommand({ TableName: name }));
      const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING';
      if (isOn && found.AttributeName === wanted.AttributeName) return undefined;
      return wrong(
        `table ${name} keeps what has expired: its time to live is ${isOn ? `on ${found.AttributeName}` : 'off'}`,
        `aws dynamodb update-time-to-live --table-name ${name} --time-to-live-specification Enabled=true,AttributeName=${wanted.AttributeName}`,
      );
    }),
};

export const backups: Check = {
  name: 'backups',
  permissions: ['dynamodb:DescribeContinuousBackups'],
  run: (context) =>
    forEachTable(context, 'can be restored to any second of the last 35 days', async (name, { PointInTimeRecoverySpecification: wanted }) => {
      if (!wanted?.PointInTimeRecoveryEnabled) return undefined;
      const { ContinuousBackupsDescription: found } = await context.clients.dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: name }));
      if (found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED') return undefined;
      return wrong(`table ${name} has no point-in-time recovery`, `aws dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`);
    }),
};
