package auth_test

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/auth"
)

func Example() {
	greet := func(ctx context.Context) string {
		who := auth.FromContext(ctx)
		if who.Anonymous() {
			return "hello, stranger"
		}
		return "hello, " + who.Email
	}

	ctx := context.Background()
	fmt.Println(greet(ctx))
	ctx = auth.NewContext(ctx, auth.Identity{ID: uuid.New(), Email: "ada@example.com", Role: auth.RoleAuthenticated})
	fmt.Println(greet(ctx))
	// Output:
	// hello, stranger
	// hello, ada@example.com
}

func ExampleAuthenticator() {
	// A key that a machine sends. Without a key the caller is anonymous; with a wrong one it is refused.
	const secret = "correct horse"
	keys := auth.AuthenticatorFunc(func(r *http.Request) (auth.Identity, error) {
		key := r.Header.Get("X-Key")
		switch {
		case key == "":
			return auth.Identity{}, nil
		case subtle.ConstantTimeCompare([]byte(key), []byte(secret)) == 1:
			return auth.Identity{Role: auth.RoleService}, nil
		}
		return auth.Identity{}, fmt.Errorf("%w: X-Key", auth.ErrInvalidKey)
	})

	request := httptest.NewRequest(http.MethodGet, "/", nil)
	who, err := keys.Authenticate(request)
	fmt.Println(who.Subject(), err)

	request.Header.Set("X-Key", secret)
	who, err = keys.Authenticate(request)
	fmt.Println(who.Subject(), err)

	request.Header.Set("X-Key", "battery staple")
	_, err = keys.Authenticate(request)
	fmt.Println(errors.Is(err, auth.ErrInvalidKey))
	// Output:
	// role:anon <nil>
	// role:service <nil>
	// true
}
