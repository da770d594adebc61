package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// Everything of this package that names an Echo type is in this file.

// Mount checks all that was registered and serves it below g. Every mistake comes back at once, joined; the API serves nothing
// then. Mount may be called once.
func (a *API) Mount(g *echo.Group) error {
	if err := a.seal(); err != nil {
		return err
	}
	handler := func(c echo.Context) error {
		a.ServeHTTP(c.Response(), c.Request())
		return nil
	}
	for _, path := range []string{"", "/*"} {
		for _, method := range mountedMethods {
			route := g.Add(method, path, handler)
			a.prefix = strings.TrimSuffix(route.Path, path)
		}
	}
	g.RouteNotFound("", handler)
	g.RouteNotFound("/*", handler)
	return nil
}

// mountedMethods are all methods the wire contract speaks of, and those it must refuse in its own words.
var mountedMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete,
	http.MethodOptions, http.MethodTrace, http.MethodConnect, echo.PROPFIND, echo.REPORT,
}

// Server returns an Echo with what a server needs around resources: request ids, recovery, CORS, body limits, the error handler,
// /live and /ready, the API's documentation at /docs/, and time limits on connections. Add routes and middleware to it as to any Echo.
func Server(a *API) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = a.handleEchoError
	e.IPExtractor = ipExtractor(a.cfg.Edge)
	e.Pre(a.Middleware())
	checks := &health{api: a}
	e.GET("/live", echo.WrapHandler(http.HandlerFunc(checks.live)))
	e.GET("/ready", echo.WrapHandler(http.HandlerFunc(checks.ready)))
	if !a.cfg.HideDocument {
		page := echo.WrapHandler(a.docsPage())
		e.Match([]string{http.MethodGet, http.MethodHead}, "/docs", page)
		e.Match([]string{http.MethodGet, http.MethodHead}, "/docs/*", page)
	}
	harden(e.Server, a.cfg.Edge)
	e.Server.Handler = &runnable{Handler: e, edge: a.cfg.Edge, logger: a.cfg.Logger}
	return e
}

// Middleware is the part of [Server] that works around every route: request ids, recovery, CORS and body limits. Use it with
// Echo.Pre in an Echo of your own.
func (a *API) Middleware() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			w, r := c.Response(), c.Request()
			defer func() {
				if p := recover(); p != nil {
					a.recovered(w, r, p)
				}
			}()
			if a.enter(w, r) {
				return nil
			}
			return next(c)
		}
	}
}

// committed reports whether the status of an answer has been sent.
func committed(w http.ResponseWriter) bool {
	response, ok := w.(*echo.Response)
	return ok && response.Committed
}

// runnable carries settings of the API from Server to Run.
type runnable struct {
	http.Handler
	edge   Edge
	logger *slog.Logger
}

// Run serves e on addr (host:port) until ctx ends or the process gets SIGINT or SIGTERM, then stops gracefully and returns nil. A
// second signal ends the process at once. For an Echo that [Server] did not make, the limits of the zero [Edge] hold. One line of the
// log says which address it listens on.
func Run(ctx context.Context, addr string, e *echo.Echo) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return Serve(ctx, listener, e)
}

// Serve is [Run] on a listener of your own, which it closes.
func Serve(ctx context.Context, listener net.Listener, e *echo.Echo) error {
	edge, logger := Config{}.withDefaults().Edge, slog.Default()
	if made, ok := e.Server.Handler.(*runnable); ok {
		edge, logger = made.edge, made.logger
	} else {
		harden(e.Server, edge)
	}
	logger.InfoContext(ctx, "listening", "address", listener.Addr().String())
	err := serve(ctx, listener, e.Server, edge)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ErrorHandler answers every error of an Echo of your own (unknown path, wrong method, what handlers return) in the one shape that
// clients of the protocol parse. [Server] sets it by itself.
func ErrorHandler(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	writeError(c.Response(), c.Request(), echoFault(err), slog.Default())
}

func (a *API) handleEchoError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	a.writeError(c.Response(), c.Request(), echoFault(err))
}

// echoFault translates what Echo itself returns.
func echoFault(err error) *fault.Error {
	var own *fault.Error
	var he *echo.HTTPError
	if errors.As(err, &own) || !errors.As(err, &he) {
		return fault.From(err)
	}
	switch he.Code {
	case http.StatusNotFound:
		return &fault.Error{Status: he.Code, Code: "PGRST125", Message: "Invalid path specified in request URL"}
	case http.StatusMethodNotAllowed:
		return &fault.Error{Status: he.Code, Code: "PGRST117", Message: "Unsupported HTTP method"}
	case http.StatusRequestEntityTooLarge:
		return &fault.Error{Status: he.Code, Code: "GW413", Message: "The request body is too large"}
	}
	e := Errorf(he.Code, "", "%v", he.Message)
	e.Err = he.Internal
	return e
}

// ipExtractor takes the client's address from the socket, or from X-Forwarded-For when the peer is a listed proxy.
func ipExtractor(edge Edge) echo.IPExtractor {
	if len(edge.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range edge.Proxies {
		_, network, err := net.ParseCIDR(prefix.Masked().String())
		if err == nil {
			options = append(options, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
