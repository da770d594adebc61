package api

import (
	"net"
	"sync/atomic"
	"time"
)

// paced is a listener whose connections limit each write: a client that has stopped reading must not hold on to its answer, and to
// the goroutine that writes it, for ever.
type paced struct {
	net.Listener
	limit time.Duration
}

// Accept waits for the next connection.
func (l paced) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &pacedConn{Conn: conn, limit: l.limit}, nil
}

// pacedConn gives every piece that is written a deadline of its own, until somebody sets deadlines himself.
type pacedConn struct {
	net.Conn
	limit time.Duration
	yours atomic.Bool
}

// writePiece is how much must be taken within the limit.
const writePiece = 64 << 10

// Write writes p piece by piece.
func (c *pacedConn) Write(p []byte) (written int, err error) {
	for {
		piece := p[written:min(written+writePiece, len(p))]
		if !c.yours.Load() {
			if err := c.Conn.SetWriteDeadline(time.Now().Add(c.limit)); err != nil {
				return written, err
			}
		}
		n, err := c.Conn.Write(piece)
		written += n
		if err != nil || written == len(p) {
			return written, err
		}
	}
}

// SetWriteDeadline is for handlers that know better, for example after they took the connection over.
func (c *pacedConn) SetWriteDeadline(t time.Time) error {
	c.yours.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *pacedConn) SetDeadline(t time.Time) error {
	c.yours.Store(!t.IsZero())
	return c.Conn.SetDeadline(t)
}
