package main

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// welcomeText is printed at the start; URL stands for the server's address.
const welcomeText = `Atlas of the world

  Docs       URL/docs/
  API        URL/rest/v1/            (OpenAPI document)
  Health     URL/ready

Try it:

  curl 'URL/rest/v1/countries?select=name,population&continent_code=eq.EU&order=population.desc&limit=5'

  curl 'URL/rest/v1/countries?select=name,continent:continents(name),languages(name)&code=eq.CH'

  curl 'URL/rest/v1/visits' -H 'Content-Type: application/json' -H 'Prefer: return=representation' \
    -d '{"country_code":"CH","visitor":"Ada","rating":5}'

From JavaScript, in a browser or Node 22 (npm install @supabase/supabase-js):

  import { createClient } from '@supabase/supabase-js'
  const atlas = createClient('URL', 'any-key')
  console.log(await atlas.from('countries').select('name, languages(name)').eq('code', 'CH').single())

`

// welcome tells where the API is and how to talk to it.
func welcome(w io.Writer, addr string) {
	fmt.Fprint(w, strings.ReplaceAll(welcomeText, "URL", "http://"+reachable(addr)))
}

// reachable turns an address to listen on into one to connect to: every interface becomes localhost.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
