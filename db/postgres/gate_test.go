package postgres

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db"
)

func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(3, 1, 2)
		enter := func(class int) {
			t.Helper()
			full, err := g.enter(t.Context(), class)
			require.NoError(t, err)
			require.False(t, full)
		}
		enter(ordinary)
		enter(ordinary)

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := g.enter(short, ordinary)
		require.ErrorIs(t, err, context.DeadlineExceeded, "the third place is reserved")
		enter(urgent)

		var order []string
		wait := func(name string, class int) {
			go func() {
				enter(class)
				order = append(order, name)
			}()
			synctest.Wait()
		}
		wait("ordinary 1", ordinary)
		wait("ordinary 2", ordinary)
		wait("urgent", urgent)
		full, err := g.enter(t.Context(), ordinary)
		require.NoError(t, err)
		require.True(t, full, "two may wait")

		for range 3 {
			g.leave(ordinary)
			synctest.Wait()
		}
		require.Equal(t, []string{"urgent", "ordinary 1", "ordinary 2"}, order)
		g.leave(ordinary)
		g.leave(urgent)
		g.leave(urgent)
		require.Zero(t, g.used+g.usedOrd)
	})
}

func TestGateWithoutQueue(t *testing.T) {
	t.Parallel()
	g := newGate(1, 0, 0)
	full, err := g.enter(t.Context(), ordinary)
	require.NoError(t, err)
	require.False(t, full)
	full, err = g.enter(t.Context(), ordinary)
	require.NoError(t, err)
	require.True(t, full)
}

func TestBackoffGrowsAndStaysBelowItsLimits(t *testing.T) {
	t.Parallel()
	limits := []time.Duration{50, 100, 200, 400, 800, 1000, 1000, 1000}
	for i, limit := range limits {
		longest := time.Duration(0)
		for range 200 {
			longest = max(longest, backoff(i+1))
		}
		limit *= time.Millisecond //nolint:durationcheck // the table holds bare milliseconds
		require.LessOrEqual(t, longest, limit)
		require.Greater(t, longest, limit/2, "full jitter reaches most of the range")
	}
	require.LessOrEqual(t, backoff(1000), backoffMax)
}

func TestReconnectLetsOneAttemptThrough(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	r := newReconnect(func() time.Time { return now })
	require.NoError(t, r.before())
	require.NoError(t, r.before(), "nothing has failed yet")
	r.TraceConnectEnd(t.Context(), pgx.TraceConnectEndData{Err: errors.New("refused")})

	now = now.Add(backoffMin)
	require.NoError(t, r.before(), "the pause is over")
	require.ErrorIs(t, r.before(), db.ErrUnavailable, "one is trying already")
	r.TraceConnectEnd(t.Context(), pgx.TraceConnectEndData{})
	require.NoError(t, r.before())
	require.NoError(t, r.before(), "it is back")
}

func TestSecretsOfAURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "postgres://u:s3cret@h:x/d", "host=h password=s3cret sslmode=s3cret", "user=u password='s3cret"} {
		_, err := parseURL(url)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
	}
	require.Equal(t, 7, urlMaxConns("postgres://h/d?pool_max_conns=7"))
	require.Equal(t, 20, urlMaxConns("postgres://h/d"))
}

func FuzzParseURLKeepsSecrets(f *testing.F) {
	f.Add("postgres://u:", "@h:1x/d")
	f.Add("host=h password=", " sslmode=none")
	f.Add("postgres://u:", "#@h,h2:5/d?sslmode=x")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "Zq7Secret"
		if _, err := parseURL(before + secret + after); err != nil {
			require.NotContains(t, err.Error(), secret)
		}
	})
}
