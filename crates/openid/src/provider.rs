//! The provider: where it is, and what it says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, JsonWebKeySet,
    LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse,
    UserInfoClaims,
};
use tokio::sync::Semaphore;
use ureq::Agent;

use crate::claims::Rest;
use crate::{Answer, Claims, Error, Flow, Result, Settings, http, verify};

/// How long what the provider says of itself is taken for true.
const FRESH: Duration = Duration::from_secs(3600);

/// After a failure it is not asked again for so long.
const PAUSE: Duration = Duration::from_secs(3);

/// So many ask it at a time; who comes then is told to come again.
const AT_ONCE: usize = 8;

type OurClient = Client<
    Rest,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<OurFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type OurFields = IdTokenFields<
    Rest,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type OurToken = IdToken<Rest, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// A provider that is relied on. Clones are the same one.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: Settings,
    agent: Agent,
    found: Mutex<Found>,
    asking: Arc<Semaphore>,
}

/// What the provider says of itself, and when it was last asked.
#[derive(Default)]
struct Found {
    metadata: Option<(CoreProviderMetadata, Instant)>,
    failed: Option<(Error, Instant)>,
}

impl Provider {
    /// It is not asked anything before somebody comes: that it is down keeps nothing from starting.
    pub fn new(settings: Settings) -> Self {
        Provider(Arc::new(Inner {
            settings,
            agent: http::agent(),
            found: Mutex::default(),
            asking: Arc::new(Semaphore::new(AT_ONCE)),
        }))
    }

    /// Where a browser is sent to begin.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Busy`].
    pub async fn begin(&self, flow: &Flow) -> Result<String> {
        let flow = flow.clone();
        self.ask(move |provider| {
            let client = provider.client(provider.metadata()?)?;
            let challenge =
                PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(flow.verifier()));
            let kind = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
            let (state, nonce) = (flow.state(), flow.nonce());
            let mut request = client
                .authorize_url(kind, move || CsrfToken::new(state), move || Nonce::new(nonce))
                .set_pkce_challenge(challenge);
            for scope in &provider.settings.scopes {
                request = request.add_scope(Scope::new(scope.clone()));
            }
            Ok(request.url().0.into())
        })
        .await
    }

    /// Who came back.
    ///
    /// # Errors
    /// [`Error::NotBegun`] where it is not this flow's answer, before anybody is asked; [`Error::Refused`],
    /// [`Error::Unbelievable`], [`Error::Unreachable`], [`Error::Busy`].
    pub async fn finish(&self, flow: &Flow, answer: Answer) -> Result<Claims> {
        if !flow.is_answered_by(&answer) {
            return Err(Error::NotBegun);
        }
        if let Some(error) = answer.error {
            return Err(Error::Refused(error));
        }
        let Some(code) = answer.code else { return Err(Error::Unbelievable("there is no code".into())) };
        let (flow, issuer) = (flow.clone(), answer.issuer);
        self.ask(move |provider| {
            if issuer.is_some_and(|issuer| issuer != provider.settings.issuer) {
                return Err(Error::Unbelievable("another provider answers".into()));
            }
            provider.exchange(&flow, code)
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.0.asking.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let inner = self.0.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&inner);
            drop(turn);
            done
        });
        done.await.map_err(|error| Error::Unreachable(error.to_string()))?
    }
}

impl Inner {
    /// What the provider says of itself; what it said before, where it can't be asked now.
    fn metadata(&self) -> Result<CoreProviderMetadata> {
        let now = Instant::now();
        {
            let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            let failed = found.failed.as_ref().filter(|(_, at)| now.duration_since(*at) < PAUSE);
            match (&found.metadata, failed) {
                (Some((metadata, at)), _) if now.duration_since(*at) < FRESH => return Ok(metadata.clone()),
                (Some((metadata, _)), Some(_)) => return Ok(metadata.clone()),
                (None, Some((error, _))) => return Err(error.clone()),
                _ => {}
            }
        }
        // Not while the lock is held: others go on with what there was.
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(unreachable)?;
        let asked =
            CoreProviderMetadata::discover(&issuer, &|request: HttpRequest| http::ask(&self.agent, request));
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match (asked.map_err(unreachable), &found.metadata) {
            (Ok(metadata), _) => {
                found.metadata = Some((metadata.clone(), now));
                found.failed = None;
                Ok(metadata)
            }
            (Err(error), before) => {
                let before = before.as_ref().map(|(metadata, _)| metadata.clone());
                found.failed = Some((error.clone(), Instant::now()));
                if before.is_some() {
                    tracing::warn!(%error, "what the provider said of itself before holds");
                }
                before.ok_or(error)
            }
        }
    }

    /// Its keys as they are now: it may have others since it was last asked.
    fn new_keys(&self, metadata: CoreProviderMetadata) -> Result<CoreProviderMetadata> {
        let ask = |request: HttpRequest| http::ask(&self.agent, request);
        let keys: CoreJsonWebKeySet = JsonWebKeySet::fetch(metadata.jwks_uri(), &ask).map_err(unreachable)?;
        let metadata = metadata.set_jwks(keys);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, _)) = &mut found.metadata {
            *known = metadata.clone();
        }
        Ok(metadata)
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<OurClient> {
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        let in_body = methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let redirect = RedirectUrl::new(self.settings.redirect.clone()).map_err(unreachable)?;
        let client = OurClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(redirect);
        Ok(if in_body { client.set_auth_type(AuthType::RequestBody) } else { client })
    }

    fn exchange(&self, flow: &Flow, code: String) -> Result<Claims> {
        let metadata = self.metadata()?;
        let client = self.client(metadata.clone())?;
        let ask = |request: HttpRequest| http::ask(&self.agent, request);
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(unreachable)?;
        let tokens = request.set_pkce_verifier(PkceCodeVerifier::new(flow.verifier())).request(&ask);
        let tokens = tokens.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => Error::Refused(said.error().to_string()),
            RequestTokenError::Request(error) => Error::Unreachable(error.to_string()),
            RequestTokenError::Parse(error, _) => Error::Unbelievable(error.to_string()),
            RequestTokenError::Other(error) => Error::Unbelievable(error),
        })?;
        let token = tokens.id_token().ok_or_else(|| unbelievable("it has no ID token"))?;
        let nonce = Nonce::new(flow.nonce());
        let access = tokens.access_token();
        let claims = match verified(&client, token, &nonce, access) {
            Err(Unverified::Signature(_)) => {
                let client = self.client(self.new_keys(metadata)?)?;
                verified(&client, token, &nonce, access)
            }
            first => first,
        };
        let claims =
            claims.map_err(|(Unverified::Signature(why) | Unverified::Other(why))| unbelievable(why))?;
        self.told(&client, claims, access)
    }

    /// What the ID token says, and what it leaves to the user info.
    fn told(
        &self,
        client: &OurClient,
        claims: IdTokenClaims<Rest, CoreGenderClaim>,
        access: &AccessToken,
    ) -> Result<Claims> {
        let first = |name: Option<&LocalizedClaim<openidconnect::EndUserName>>| {
            name.and_then(|all| all.get(None).or_else(|| all.iter().next().map(|(_, name)| name)))
                .map(|name| name.to_string())
        };
        let claim = &self.settings.groups_claim;
        let mut told = Claims {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            name: first(claims.name()).or(claims.preferred_username().map(|name| name.to_string())),
            email: claims.email().filter(|_| claims.email_verified() == Some(true)).map(|e| e.to_string()),
            groups: claims.additional_claims().groups(claim).unwrap_or_default(),
        };
        let has_all = claims.email().is_some() && claims.additional_claims().groups(claim).is_some();
        if has_all || client.user_info_url().is_none() {
            return Ok(told);
        }
        let subject: SubjectIdentifier = claims.subject().clone();
        let ask = |request: HttpRequest| http::ask(&self.agent, request);
        let request = client.user_info(access.clone(), Some(subject)).map_err(unreachable)?;
        let more: UserInfoClaims<Rest, CoreGenderClaim> =
            request.request(&ask).map_err(|error| match error {
                openidconnect::UserInfoError::Request(error) => Error::Unreachable(error.to_string()),
                other => unbelievable(other),
            })?;
        if claims.email().is_none() && more.email_verified() == Some(true) {
            told.email = more.email().map(|email| email.to_string());
        }
        if claims.additional_claims().groups(claim).is_none() {
            told.groups = more.additional_claims().groups(claim).unwrap_or_default();
        }
        told.name = told.name.or_else(|| first(more.name()));
        told.name = told.name.or_else(|| more.preferred_username().map(|name| name.to_string()));
        Ok(told)
    }
}

/// Why an ID token is not believed: for a signature other keys may help.
enum Unverified {
    Signature(String),
    Other(String),
}

fn verified(
    client: &OurClient,
    token: &OurToken,
    nonce: &Nonce,
    access: &AccessToken,
) -> std::result::Result<IdTokenClaims<Rest, CoreGenderClaim>, Unverified> {
    let verifier = verify::strict(client.id_token_verifier());
    let claims = token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(why) => Unverified::Signature(why.to_string()),
        other => Unverified::Other(other.to_string()),
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let other = |error: &dyn std::fmt::Display| Unverified::Other(error.to_string());
        let algorithm = token.signing_alg().map_err(|error| other(&error))?;
        let key = token.signing_key(&verifier).map_err(|error| other(&error))?;
        let hash = AccessTokenHash::from_token(access, algorithm, key).map_err(|error| other(&error))?;
        if hash != *expected {
            return Err(Unverified::Other("its access token is another one".into()));
        }
    }
    Ok(claims.clone())
}

fn unreachable(error: impl std::error::Error) -> Error {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    Error::Unreachable(words)
}

fn unbelievable(why: impl std::fmt::Display) -> Error {
    Error::Unbelievable(why.to_string())
}
