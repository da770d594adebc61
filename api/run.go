package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// serve runs server on listener until ctx ends or the process is told to stop, then stops gracefully: readiness turns 503, the server
// keeps serving for edge.PreStop, stops accepting, and lets requests in flight finish for edge.Drain. A second signal kills.
func serve(ctx context.Context, listener net.Listener, server *http.Server, edge Edge) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	stop := &stopSignal{stopping: make(chan struct{})}
	server.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.WithoutCancel(ctx), stopKey{}, stop)
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(paced{listener, edge.Write}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	release() // from here a second signal ends the process
	close(stop.stopping)
	if edge.PreStop > 0 {
		timer := time.NewTimer(edge.PreStop)
		defer timer.Stop()
		<-timer.C
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), edge.Drain)
	defer cancel()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(errors.New("api: requests in flight did not finish in time"), server.Close())
	}
	return err
}

// harden gives a server the time and size limits of the edge.
func harden(server *http.Server, edge Edge) {
	server.ReadHeaderTimeout = edge.ReadHeader
	server.ReadTimeout = edge.Read
	server.IdleTimeout = edge.Idle
	server.MaxHeaderBytes = edge.HeaderBytes
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100}
}
