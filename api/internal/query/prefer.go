package query

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// ParsePrefer reads the values of a request's Prefer headers. The first value of a kind wins; tokens nobody knows are kept in
// Invalid for [Prefer.Check].
func ParsePrefer(values []string) Prefer {
	var p Prefer
	for _, value := range values {
		for token := range strings.SplitSeq(value, ",") {
			token = strings.TrimSpace(token)
			if token != "" && !p.take(token) {
				p.Invalid = append(p.Invalid, token)
			}
		}
	}
	return p
}

// take applies one token and reports whether it is known.
func (p *Prefer) take(token string) bool {
	switch token {
	case "return=minimal":
		first(&p.Return, ReturnMinimal)
	case "return=headers-only":
		first(&p.Return, ReturnHeadersOnly)
	case "return=representation":
		first(&p.Return, ReturnRepresentation)
	case "count=exact":
		first(&p.Count, Exact)
	case "count=planned":
		first(&p.Count, Planned)
	case "count=estimated":
		first(&p.Count, Estimated)
	case "resolution=merge-duplicates":
		first(&p.Resolution, MergeDuplicates)
	case "resolution=ignore-duplicates":
		first(&p.Resolution, IgnoreDuplicates)
	case "missing=default", "missing=null":
		if !p.Missing {
			p.Missing, p.MissingDefault = true, token == "missing=default"
		}
	case "handling=strict", "handling=lenient":
		if !p.Handling {
			p.Handling, p.Strict = true, token == "handling=strict"
		}
	case "tx=commit", "tx=rollback":
		first(&p.Tx, strings.TrimPrefix(token, "tx="))
	default:
		return p.takeValue(token)
	}
	return true
}

// takeValue applies the tokens whose value is not from a list.
func (p *Prefer) takeValue(token string) bool {
	key, value, _ := strings.Cut(token, "=")
	switch {
	case key == "timezone" && value != "" && printable(value):
		first(&p.Timezone, value)
	case key == "max-affected" && digits(value):
		if n, _ := parseInteger(value); p.MaxAffected == nil {
			p.MaxAffected = &n
		}
	default:
		return false
	}
	return true
}

// first sets a preference that is not set yet.
func first[T comparable](field *T, value T) {
	var unset T
	if *field == unset {
		*field = value
	}
}

// printable reports whether s may be echoed in a header.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Check refuses unknown preferences when the request says handling=strict.
func (p Prefer) Check() error {
	if p.Strict && len(p.Invalid) > 0 {
		return fault.Preferences(p.Invalid)
	}
	return nil
}

// Effect says which preferences a door can honour, so that [Prefer.Applied] echoes no others.
type Effect struct {
	// Method is the request's HTTP method; Call is true for functions.
	Method string
	Call   bool
	// Upsert is true when an insert has a key to resolve duplicates by.
	Upsert bool
	// Rollback is true when the program allows tx=rollback.
	Rollback bool
	// Timezone is true when the answer was written in the preferred zone.
	Timezone bool
}

// Applied returns the Preference-Applied header: the preferences that took effect, in the order clients expect; "" when none did.
func (p Prefer) Applied(effect Effect) string {
	var buf []byte
	add := func(applies bool, token string) {
		if !applies || token == "" {
			return
		}
		if len(buf) > 0 {
			buf = append(buf, ", "...)
		}
		buf = append(buf, token...)
	}
	post, patch := effect.Method == http.MethodPost && !effect.Call, effect.Method == http.MethodPatch && !effect.Call
	write := !effect.Call && effect.Method != http.MethodGet && effect.Method != http.MethodHead
	add(post && effect.Upsert, p.Resolution.token())
	add((post || patch) && p.Missing, p.missingToken())
	add(write, p.Return.token())
	add(!write || p.Count != Planned, p.Count.token())
	add(effect.Rollback && p.Tx != "", "tx="+p.Tx)
	add(p.Handling, p.handlingToken())
	add(effect.Timezone && p.Timezone != "", "timezone="+p.Timezone)
	if p.MaxAffected != nil {
		limits := effect.Call || patch || effect.Method == http.MethodDelete
		add(p.Strict && limits, "max-affected="+strconv.FormatInt(*p.MaxAffected, 10))
	}
	return string(buf)
}

// String prints the preferences so that [ParsePrefer] reads the same ones back.
func (p Prefer) String() string {
	var tokens []string
	add := func(token string) {
		if token != "" {
			tokens = append(tokens, token)
		}
	}
	add(p.Resolution.token())
	if p.Missing {
		add(p.missingToken())
	}
	add(p.Return.token())
	add(p.Count.token())
	if p.Tx != "" {
		add("tx=" + p.Tx)
	}
	if p.Handling {
		add(p.handlingToken())
	}
	if p.Timezone != "" {
		add("timezone=" + p.Timezone)
	}
	if p.MaxAffected != nil {
		add("max-affected=" + strconv.FormatInt(*p.MaxAffected, 10))
	}
	return strings.Join(append(tokens, p.Invalid...), ", ")
}

func (p Prefer) missingToken() string {
	if p.MissingDefault {
		return "missing=default"
	}
	return "missing=null"
}

func (p Prefer) handlingToken() string {
	if p.Strict {
		return "handling=strict"
	}
	return "handling=lenient"
}

func (r Return) token() string {
	return [...]string{"", "return=minimal", "return=headers-only", "return=representation"}[r]
}

func (c Count) token() string {
	return [...]string{"", "count=exact", "count=planned", "count=estimated"}[c]
}

func (r Resolution) token() string {
	return [...]string{"", "resolution=merge-duplicates", "resolution=ignore-duplicates"}[r]
}
