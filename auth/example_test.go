package auth_test

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

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

// sessions stands for the table where a program keeps who is signed in, or for the check of a signed token.
var sessions = map[string]int64{"token-of-ada": 7}

// publicKey is what clients send who have not signed in. It opens nothing.
const publicKey = "public"

// byToken reads the headers that supabase-js and the page at /docs/ send: apikey always, and Authorization with the token of who signed
// in, else with the key again.
func byToken(r *http.Request) (auth.Identity, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = r.Header.Get("apikey")
	}
	if token == "" || token == publicKey {
		return auth.Identity{}, nil
	}
	user, ok := sessions[token]
	if !ok {
		return auth.Identity{}, fmt.Errorf("%w: no such session", auth.ErrInvalidToken)
	}
	return identityOf(user), nil
}

// users is the name space of the ids below: any UUID that stays the same for ever.
var users = uuid.MustParse("5a1c4f0e-3d64-4a53-9c0e-6f5d6f4a7b10")

// identityOf is the identity of a user whom the program knows by a number.
func identityOf(user int64) auth.Identity {
	number := strconv.FormatInt(user, 10)
	return auth.Identity{
		ID:     uuid.NewSHA1(users, []byte(number)),
		Role:   auth.RoleAuthenticated,
		Claims: map[string]any{"user_id": json.Number(number)},
	}
}

func ExampleAuthenticator_token() {
	authenticator := auth.AuthenticatorFunc(byToken)
	for _, token := range []string{"", "Bearer public", "Bearer token-of-ada", "Bearer made-up"} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("apikey", publicKey)
		if token != "" {
			request.Header.Set("Authorization", token)
		}
		who, err := authenticator.Authenticate(request)
		fmt.Println(who.Anonymous(), who.Claims["user_id"], err)
	}
	// Output:
	// true <nil> <nil>
	// true <nil> <nil>
	// false 7 <nil>
	// true <nil> auth: invalid token: no such session
}
