package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/auth"
)

func TestSubject(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("6f2b1c9e-0000-4000-8000-000000000001")
	for want, who := range map[string]auth.Identity{
		"role:anon":                 {},
		"role:service":              {Role: auth.RoleService},
		"role:machine":              {Role: "machine"},
		"user:" + id.String():       {ID: id, Role: auth.RoleAuthenticated},
		"user:" + uuid.Max.String(): {ID: uuid.Max},
	} {
		require.Equal(t, want, who.Subject())
		require.Equal(t, want, who.CacheSubject())
		require.Equal(t, want == "role:anon", who.Anonymous())
	}
	require.True(t, auth.Identity{Role: auth.RoleAnon}.Anonymous())
	require.Equal(t, "main", auth.Identity{}.CacheTenant())
	require.Equal(t, "acme", auth.Identity{Tenant: "acme"}.CacheTenant())
}

func TestAllows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scopes []string
		want   bool
	}{
		{nil, true},
		{[]string{}, false},
		{[]string{"posts:select"}, true},
		{[]string{"users:select", "*:select"}, true},
		{[]string{"posts:*"}, true},
		{[]string{"posts:insert", "users:select"}, false},
		{[]string{"posts", "*", ":", "post:select"}, false},
	} {
		require.Equal(t, tt.want, auth.Identity{Scopes: tt.scopes}.Allows("posts", "select"), tt.scopes)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	require.Equal(t, auth.Identity{Role: "anon"}, auth.FromContext(t.Context()))
	who := auth.Identity{ID: uuid.Max, Role: "authenticated"}
	inner, outer := 0, 0
	ctx := auth.Observe(auth.NewContext(t.Context(), who), func() { outer++ })
	require.Equal(t, who, auth.FromContext(ctx))
	require.Equal(t, who, auth.FromContext(auth.Observe(ctx, func() { inner++ })))
	require.Equal(t, []int{1, 2}, []int{inner, outer})
}

func ExampleAuthenticatorFunc() {
	behindProxy := auth.AuthenticatorFunc(func(r *http.Request) (auth.Identity, error) {
		name := r.Header.Get("X-Forwarded-User")
		if name == "" {
			return auth.Identity{}, nil
		}
		id, err := uuid.Parse(name)
		if err != nil {
			return auth.Identity{}, fmt.Errorf("user header: %w", auth.ErrInvalidToken)
		}
		return auth.Identity{ID: id, Role: auth.RoleAuthenticated}, nil
	})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Forwarded-User", "nobody")
	_, err := behindProxy.Authenticate(r)
	fmt.Println(errors.Is(err, auth.ErrInvalidToken))
	// Output: true
}
