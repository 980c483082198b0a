import { generateKeyPair as generateKeyPairCallback, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import Provider, {
  type Configuration,
  errors,
  interactionPolicy,
  type JWK,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { handleInteraction, sendPage } from './interaction.ts';
import { memoryAdapterFactory } from './memory-adapter.ts';
import { deviceCodeConfirmPage, deviceCodeInputPage, logoutPage, messagePage } from './pages.ts';
import { type Person, samplePeople } from './people.ts';

export type { Person } from './people.ts';

export interface IdentityProviderOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  organisation?: string;
  people?: Person[];
  idTokenTtlSeconds?: number;
  refreshTokenTtlSeconds?: number;
}

export interface IdentityProvider {
  issuer: string;
  clientId: string;
  people: readonly Person[];
  close(): Promise<void>;
}

const clientId = 'postern';

/**
 * The development identity provider: a complete OpenID provider on loopback with sample people, so that Postern can be
 * tried and tested without an organisation's own. Postern knows nothing of it beyond its issuer URL.
 *
 * Offers the authorization code flow with PKCE S256 (RFC 7636) for a native public client on a loopback redirect with any
 * port (RFC 8252), device authorization (RFC 8628), refresh tokens that rotate at each use, and RP-initiated logout.
 */
export async function startIdentityProvider(options: IdentityProviderOptions = {}): Promise<IdentityProvider> {
  const { port = 0, organisation = 'acme', people = samplePeople } = options;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, await configuration(organisation, people, options));
  const handle = provider.callback();

  server.on('request', (req, res) => {
    if (req.url?.startsWith('/interaction/')) {
      handleInteraction({ provider, people, organisation }, req, res).catch(() => {
        if (!res.headersSent)
          sendPage(
            res,
            500,
            messagePage('Something failed', 'The identity provider could not go on. Start again from the application.'),
          );
        else res.destroy();
      });
      return;
    }
    if (req.url === '/')
      return sendPage(
        res,
        200,
        messagePage(
          `${organisation} sign-in`,
          'This is a development identity provider. Applications send you here to sign in.',
        ),
      );
    void handle(req, res);
  });

  return {
    issuer,
    clientId,
    people,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function configuration(
  organisation: string,
  people: readonly Person[],
  options: IdentityProviderOptions,
): Promise<Configuration> {
  return {
    adapter: memoryAdapterFactory(),
    clients: [
      {
        client_id: clientId,
        client_name: 'Postern',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        // Any port of this loopback address matches (RFC 8252, section 7.3).
        redirect_uris: ['http://127.0.0.1/callback'],
        post_logout_redirect_uris: ['http://127.0.0.1/signed-out'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
    ],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
      groups: ['groups'],
    },
    scopes: ['openid', 'offline_access'],
    // Groups must be in the ID token itself: the controller reads nothing else.
    conformIdTokenClaims: false,
    clientBasedCORS: () => false,
    cookies: { keys: [randomBytes(32).toString('base64url')], short: { path: '/' } },
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { policy: firstPartyPolicy(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(_ctx, accountId) {
      const person = people.find((candidate) => candidate.username === accountId);
      if (!person) return undefined;
      return {
        accountId,
        async claims() {
          return {
            sub: accountId,
            email: person.username,
            email_verified: true,
            preferred_username: person.username,
            name: person.displayName,
            groups: person.groups,
          };
        },
      };
    },
    async loadExistingGrant(ctx) {
      const { client, session, account, params } = ctx.oidc;
      if (!client || !session || !account) return undefined;
      const grantId = ctx.oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId);
      const existing = grantId ? await ctx.oidc.provider.Grant.find(grantId) : undefined;
      const grant =
        existing ?? new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: account.accountId });
      grant.addOIDCScope(String(params?.scope ?? 'openid'));
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      deviceFlow: {
        enabled: true,
        async userCodeInputSource(ctx, form, _out, error) {
          ctx.body = deviceCodeInputPage(form, error ? deviceCodeProblem(error) : undefined);
        },
        async userCodeConfirmSource(ctx, form, client, _deviceInfo, userCode) {
          ctx.body = deviceCodeConfirmPage(form, client.clientName ?? client.clientId, userCode);
        },
        async successSource(ctx) {
          ctx.body = messagePage('You are signed in', 'Your device goes on by itself. You can close this page.');
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        async logoutSource(ctx, form) {
          ctx.body = logoutPage(form, organisation);
        },
        async postLogoutSuccessSource(ctx) {
          ctx.body = messagePage('You are signed out', 'You can close this page.');
        },
      },
    },
    async renderError(ctx: KoaContextWithOIDC, out) {
      ctx.type = 'html';
      ctx.body = messagePage('The sign-in cannot go on', `${out.error_description ?? out.error}`);
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: options.idTokenTtlSeconds ?? 600,
      RefreshToken: options.refreshTokenTtlSeconds ?? 14 * 24 * 3600,
      Interaction: 600,
      Session: 8 * 3600,
      Grant: 14 * 24 * 3600,
    },
  };
}

/** The one client is the organisation's own: nobody is asked for consent, also not because the client is native. */
function firstPartyPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  return policy;
}

function deviceCodeProblem(error: Error & { userCode?: string }): string {
  if (error.name === 'AbortedError' || error instanceof errors.AccessDenied) return 'The sign-in was cancelled.';
  if (error.userCode || error.name === 'NoCodeError')
    return 'There is no such code, or it has expired. Check it and try again.';
  return 'That did not work. Try again.';
}

async function signingKey(): Promise<JWK> {
  const generateKeyPair = promisify(generateKeyPairCallback);
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: 2048 });
  return {
    ...(privateKey.export({ format: 'jwk' }) as JWK),
    use: 'sig',
    alg: 'RS256',
    kid: randomBytes(8).toString('hex'),
  };
}
