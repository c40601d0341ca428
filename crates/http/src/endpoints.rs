//! Routes with their description, which is made when somebody reads it.
//!
//! The description of all endpoints is some megabytes while it is made and tens of milliseconds of work, and most
//! processes are never asked for it: what is kept of an endpoint is how to describe it.

use std::convert::Infallible;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::Path;
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::app::App;

/// Routes, and how to describe them.
#[derive(Default)]
pub(crate) struct Endpoints {
    router: Router<App>,
    described: Vec<Described>,
}

/// An endpoint's description in the making.
pub(crate) struct Described {
    path: String,
    describe: fn(&str, &mut OpenApi),
}

/// The handlers of one path.
#[derive(Default)]
pub(crate) struct OnePath {
    path: String,
    methods: MethodRouter<App, Infallible>,
    describe: Vec<fn(&str, &mut OpenApi)>,
}

/// The handlers of one path, each annotated with `utoipa::path`, as a [`OnePath`].
macro_rules! routes {
    ($($($segment:ident)::+),+ $(,)?) => {
        crate::endpoints::OnePath::default()$(.with(
            $($segment)::+,
            crate::endpoints::routes!(@described [] $($segment)+),
        ))+
    };
    // What `utoipa::path` calls the description of a handler.
    (@described [$($module:ident)*] $handler:ident) => {
        ::pastey::paste! { std::marker::PhantomData::<$($module::)* [<__path_ $handler>]> }
    };
    (@described [$($module:ident)*] $next:ident $($rest:ident)+) => {
        crate::endpoints::routes!(@described [$($module)* $next] $($rest)+)
    };
}

pub(crate) use routes;

impl OnePath {
    /// One more handler, by which `D` describes it.
    pub(crate) fn with<T: 'static, D: Path + SchemaReferences + for<'t> Tags<'t>>(
        mut self,
        handler: impl Handler<T, App>,
        _: std::marker::PhantomData<D>,
    ) -> Self {
        debug_assert!(self.path.is_empty() || self.path == D::path(), "{} is not {}", D::path(), self.path);
        self.path = D::path();
        self.methods = D::methods()
            .iter()
            .fold(self.methods, |methods, method| methods.on(filter(method), handler.clone()));
        self.describe.push(describe::<D>);
        self
    }
}

impl Endpoints {
    pub(crate) fn new() -> Self {
        Endpoints::default()
    }

    /// The handlers of one more path.
    pub(crate) fn routes(mut self, OnePath { path, methods, describe }: OnePath) -> Self {
        self.router = self.router.route(&path, methods);
        self.described
            .extend(describe.into_iter().map(|describe| Described { path: path.clone(), describe }));
        self
    }

    /// A route that the description has no word for.
    pub(crate) fn route(mut self, path: &str, methods: MethodRouter<App>) -> Self {
        self.router = self.router.route(path, methods);
        self
    }

    /// These under a path.
    pub(crate) fn nest(mut self, path: &str, endpoints: Endpoints) -> Self {
        self.router = self.router.nest(path, endpoints.router);
        self.described.extend(endpoints.described.into_iter().map(|mut described| {
            described.path.insert_str(0, path);
            described
        }));
        self
    }

    /// These too.
    pub(crate) fn merge(mut self, endpoints: Endpoints) -> Self {
        self.router = self.router.merge(endpoints.router);
        self.described.extend(endpoints.described);
        self
    }

    /// The same described routes, in another router.
    pub(crate) fn map(mut self, map: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        self.router = map(self.router);
        self
    }

    /// The routes, and what describes them.
    pub(crate) fn split(self) -> (Router<App>, Vec<Described>) {
        (self.router, self.described)
    }
}

impl Described {
    /// Adds the endpoint to a document.
    pub(crate) fn describe(&self, document: &mut OpenApi) {
        (self.describe)(&self.path, document);
    }
}

fn describe<D: Path + SchemaReferences + for<'t> Tags<'t>>(path: &str, document: &mut OpenApi) {
    let mut operation = D::operation();
    operation.tags.get_or_insert_default().extend(D::tags().iter().map(ToString::to_string));
    document.paths.add_path_operation(path, D::methods(), operation);
    let mut schemas = vec![];
    D::schemas(&mut schemas);
    document.components.get_or_insert_default().schemas.extend(schemas);
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
    }
}
