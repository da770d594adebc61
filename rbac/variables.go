package rbac

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/auth"
)

// variables are the values of one request. What is looked up is written into scope, so that two requests with other values never
// have the same scope.
type variables struct {
	who    *auth.Identity
	tenant string
	roles  []string
	now    time.Time
	uid    string
	scope  []byte
}

// lookup is what filter.Bind asks.
func (v *variables) lookup(name string) (any, bool) {
	value := v.value(name)
	v.scope = appendValue(v.scope, value)
	return value, value != nil
}

// value is nil for what is missing.
func (v *variables) value(name string) any {
	switch name {
	case "auth.uid":
		if v.who.ID == uuid.Nil {
			return nil
		}
		if v.uid == "" {
			v.uid = v.who.ID.String()
		}
		return v.uid
	case "auth.role":
		if v.who.Role == "" {
			return auth.RoleAnon
		}
		return v.who.Role
	case "auth.email":
		return v.who.Email
	case "auth.tenant":
		return v.tenant
	case "auth.roles":
		return v.roles
	case "now":
		return v.now
	}
	if path, ok := strings.CutPrefix(name, "auth.claims."); ok {
		return claim(v.who.Claims, path)
	}
	return nil
}

// claim follows a path through nested claims. A claim whose own name holds dots is found too.
func claim(claims map[string]any, path string) any {
	if value, ok := claims[path]; ok {
		return value
	}
	first, rest, nested := strings.Cut(path, ".")
	if inner, ok := claims[first].(map[string]any); ok && nested {
		return claim(inner, rest)
	}
	return nil
}

// appendValue appends a value so that different values differ, whatever their types.
func appendValue(to []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(to, 'n')
	case string:
		return appendSized(append(to, 's'), v)
	case []string:
		to = appendSized(append(to, 'l'), fmt.Sprint(len(v)))
		for _, text := range v {
			to = appendSized(to, text)
		}
		return to
	case time.Time:
		return v.UTC().AppendFormat(append(to, 't'), time.RFC3339Nano)
	}
	text, err := json.Marshal(value)
	if err != nil {
		text = fmt.Appendf(nil, "%#v", value)
	}
	return appendSized(append(to, 'j'), string(text))
}
