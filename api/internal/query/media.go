package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// TableMedia are the media types of a resource.
func TableMedia() []Media { return slices.Clone(tableMedia[:]) }

// tableMedia is only read.
var tableMedia = [...]Media{MediaArray, MediaVndArray, MediaObject, MediaCSV}

// ContentType is the Content-Type of an answer in this media type.
func (m Media) ContentType(nullsStripped bool) string {
	if m == MediaArray && !nullsStripped {
		return "application/json; charset=utf-8"
	}
	name := m.name()
	if nullsStripped && m != MediaCSV {
		name += ";nulls=stripped"
	}
	return name + "; charset=utf-8"
}

func (m Media) name() string {
	switch m {
	case MediaVndArray:
		return "application/vnd.pgrst.array+json"
	case MediaObject:
		return "application/vnd.pgrst.object+json"
	case MediaCSV:
		return "text/csv"
	case MediaOpenAPI:
		return "application/openapi+json"
	}
	return "application/json"
}

// NegotiateMedia chooses the answer's media type from the values of the Accept headers: the first on offer, by quality, then by
// position. No header and "*/*" mean the first offer; nil offers mean [TableMedia]. The flag is true for ";nulls=stripped". When
// nothing is on offer the error is PGRST107.
func NegotiateMedia(accept []string, offers []Media) (Media, bool, error) {
	if offers == nil {
		offers = tableMedia[:]
	}
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == "") {
		return offers[0], false, nil
	}
	if len(accept) == 1 && accept[0] == "application/json" && offers[0] == MediaArray {
		return MediaArray, false, nil // what most clients send
	}
	var best accepted
	var names []string
	found := false
	for _, header := range accept {
		for element := range strings.SplitSeq(header, ",") {
			a := parseAccepted(element)
			if a.name == "" {
				continue
			}
			names = append(names, a.name)
			media, ok := a.match(offers)
			if ok && a.quality > 0 && (!found || a.quality > best.quality) {
				best, found = a, true
				best.media = media
			}
		}
	}
	switch {
	case found:
		return best.media, best.stripped && (best.media == MediaObject || best.media == MediaVndArray), nil
	case len(names) == 0:
		return offers[0], false, nil
	}
	return MediaArray, false, fault.Media(names)
}

// accepted is one element of an Accept header.
type accepted struct {
	name     string
	media    Media
	quality  float64
	stripped bool
}

func parseAccepted(element string) accepted {
	name, params, _ := strings.Cut(element, ";")
	a := accepted{name: strings.ToLower(strings.TrimSpace(name)), quality: 1}
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		switch strings.ToLower(key) {
		case "q":
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				q = 0
			}
			a.quality = q
		case "nulls":
			a.stripped = strings.Trim(value, `" `) == "stripped"
		}
	}
	return a
}

// match returns the offer that the element accepts.
func (a accepted) match(offers []Media) (Media, bool) {
	if a.name == "*/*" {
		return offers[0], true
	}
	if family, ok := strings.CutSuffix(a.name, "/*"); ok {
		for _, offer := range offers {
			if strings.HasPrefix(offer.name(), family+"/") {
				return offer, true
			}
		}
		return 0, false
	}
	for _, offer := range offers {
		if offer.name() == a.name {
			return offer, true
		}
	}
	for _, offer := range [...]Media{MediaObject, MediaVndArray} {
		if offer.name() == a.name+"+json" && slices.Contains(offers, offer) {
			return offer, true
		}
	}
	return 0, false
}
