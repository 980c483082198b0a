import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { RbacAuthorizer } from '../authorization/rbac-authorizer.ts';
import type { Attributes, Rule } from '../authorization/rules.ts';
import { at, isRecord, recordAt, textAt, textsAt } from '../json.ts';
import type { VirtualResource } from '../resources/registry.ts';
import { badRequest, invalid, pathNotFound } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';

interface ReviewServices {
  authorizer: RbacAuthorizer;
  tokens: Pick<ServiceAccountTokens, 'identify'>;
}

/** Answers the reviews of authentication.k8s.io and authorization.k8s.io: the object posted, with its status. */
export async function answerReview(
  services: ReviewServices,
  user: UserInfo,
  resource: VirtualResource,
  namespace: string,
  body: unknown,
): Promise<object> {
  if (body !== undefined && !isRecord(body)) throw badRequest('a review is an object');
  const review = {
    kind: resource.kind,
    apiVersion: `${resource.group}/${resource.version}`,
    metadata: { creationTimestamp: null },
  };
  const spec = recordAt(body, 'spec');
  switch (resource.kind) {
    case 'SelfSubjectReview':
      return { ...review, status: { userInfo: describeUser(user) } };
    case 'TokenReview':
      return { ...review, spec, status: await reviewToken(services, spec) };
    case 'SelfSubjectAccessReview':
      return { ...review, spec, status: decide(services, resource, user, spec) };
    case 'SubjectAccessReview':
      return { ...review, spec, status: decide(services, resource, subjectOf(spec), spec) };
    case 'LocalSubjectAccessReview': {
      const asked = textAt(spec, 'resourceAttributes', 'namespace');
      if (asked !== namespace) throw badRequest(`must match metadata.namespace, ${asked} is not ${namespace}`);
      return { ...review, spec, status: decide(services, resource, subjectOf(spec), spec) };
    }
    case 'SelfSubjectRulesReview':
      return { ...review, spec, status: rulesStatus(services.authorizer, user, textAt(spec, 'namespace')) };
    default:
      throw pathNotFound();
  }
}

function describeUser({ name, uid, groups, extra }: UserInfo) {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function subjectOf(spec: unknown): UserInfo {
  return { name: textAt(spec, 'user'), uid: textAt(spec, 'uid'), groups: textsAt(spec, 'groups') };
}

function decide({ authorizer }: ReviewServices, review: VirtualResource, subject: UserInfo, spec: unknown) {
  const { allowed, reason } = authorizer.decide(subject, readAttributes(review, spec));
  return { allowed, ...(reason ? { reason } : {}) };
}

function readAttributes(review: VirtualResource, spec: unknown): Attributes {
  const resource = at(spec, 'resourceAttributes');
  const nonResource = at(spec, 'nonResourceAttributes');
  if (isRecord(resource) === isRecord(nonResource)) {
    throw invalid(review.kind, review.group, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.resourceAttributes',
        message: 'Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      },
    ]);
  }
  const none = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  if (isRecord(nonResource)) return { ...none, verb: textAt(nonResource, 'verb'), path: textAt(nonResource, 'path') };
  return {
    verb: textAt(resource, 'verb'),
    group: textAt(resource, 'group'),
    resource: textAt(resource, 'resource'),
    subresource: textAt(resource, 'subresource'),
    namespace: textAt(resource, 'namespace'),
    name: textAt(resource, 'name'),
    path: undefined,
  };
}

function rulesStatus(authorizer: RbacAuthorizer, user: UserInfo, namespace: string) {
  if (!namespace) throw badRequest('no namespace on request');
  const rules = authorizer.rulesFor(user, namespace);
  const lists = (rule: Rule, ...fields: (keyof Rule)[]) =>
    Object.fromEntries(fields.filter((field) => rule[field].length > 0).map((field) => [field, rule[field]]));
  return {
    resourceRules: rules
      .filter((rule) => rule.resources.length > 0)
      .map((rule) => lists(rule, 'verbs', 'apiGroups', 'resources', 'resourceNames')),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs.length > 0)
      .map((rule) => lists(rule, 'verbs', 'nonResourceURLs')),
    incomplete: false,
  };
}

async function reviewToken({ tokens }: ReviewServices, spec: unknown) {
  const audiences = textsAt(spec, 'audiences');
  const user = await tokens.identify(textAt(spec, 'token'), audiences.length > 0 ? audiences : undefined);
  if (!user) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: describeUser(user), ...(audiences.length > 0 ? { audiences } : {}) };
}
