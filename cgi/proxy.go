package cgi

import (
	"fmt"
	"net/netip"
	"strings"
)

// maxHops is how many proxies between lcgi and a client are looked at.
const maxHops = 32

// proxies are the trusted ones, and what they say of the request.
type proxies struct {
	trusted []netip.Prefix
	read    bool
	said    forwarded
}

// forwarded is what trusted proxies say of a request; what they do not say is "".
type forwarded struct {
	client string // address
	proto  string // "http" or "https"
	host   string
}

// SetTrustedProxies names the proxies whose headers X-Forwarded-For,
// X-Forwarded-Proto and X-Forwarded-Host count: anybody else can write what he
// likes into them. The zero [netip.Prefix] stands for one that comes through a
// Unix socket, where REMOTE_ADDR is empty or "unix:". Without it, the proxies are
// those of the [Gateway].
//
// X-Forwarded-For is read from its right end, where the nearest proxy writes, for
// as long as the one who wrote is trusted: the first address that is not is the
// client's. X-Forwarded-Proto and X-Forwarded-Host tell what the nearest
// proxy was asked for; of several values the last one is its own. Env keeps
// what the server sent.
func (r *Request) SetTrustedProxies(list []netip.Prefix) {
	r.proxy = proxies{trusted: list}
}

// ParseProxies reads a list of addresses ("10.0.0.7"), of networks
// ("10.0.0.0/8", "fd00::/8") and of "unix:", separated by commas, for
// [Request.SetTrustedProxies].
func ParseProxies(list string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		switch {
		case item == "":
			continue
		case item == "unix:":
			proxies = append(proxies, netip.Prefix{})
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			addr, addrErr := netip.ParseAddr(item)
			if addrErr != nil || addr.Zone() != "" {
				return nil, fmt.Errorf("%.60q is neither unix: nor an address nor a network such as 10.0.0.0/8", item)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%.60q: write an IPv4 address as such", item)
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

// trusts reports whether an address is that of a trusted proxy. The zero
// [netip.Addr] is that of a Unix socket.
func (p *proxies) trusts(addr netip.Addr) bool {
	for _, prefix := range p.trusted {
		if prefix.Contains(addr) || !addr.IsValid() && prefix == (netip.Prefix{}) {
			return true
		}
	}
	return false
}

// FromTrustedProxy reports whether REMOTE_ADDR, as the server sends it, is that of one
// of the trusted proxies (see [Request.SetTrustedProxies]), whose headers therefore count.
func (r *Request) FromTrustedProxy() bool {
	var peer netip.Addr
	if s := r.Env["REMOTE_ADDR"]; s != "" && s != "unix:" {
		var ok bool
		if peer, ok = parseHop(s); !ok {
			return false
		}
	}
	return r.proxy.trusts(peer)
}

// forwarded returns what trusted proxies say of the request.
func (r *Request) forwarded() forwarded {
	p := &r.proxy
	if p.read || len(p.trusted) == 0 {
		return p.said
	}
	p.read = true
	if !r.FromTrustedProxy() {
		return p.said
	}
	p.said.client = p.client(r.Env["HTTP_X_FORWARDED_FOR"])
	switch proto := strings.ToLower(lastItem(r.Env["HTTP_X_FORWARDED_PROTO"])); proto {
	case "http", "https":
		p.said.proto = proto
	}
	if host := lastItem(r.Env["HTTP_X_FORWARDED_HOST"]); isHost(host) {
		p.said.host = host
	}
	return p.said
}

// client returns the address of the client from an X-Forwarded-For that a trusted
// proxy has written, or "". What is no address ends the list: nobody knows
// what is behind it.
func (p *proxies) client(hops string) string {
	client := ""
	for range maxHops {
		addr, ok := parseHop(lastItem(hops))
		if !ok {
			break
		}
		client = addr.String()
		if !p.trusts(addr) {
			break
		}
		hops = hops[:max(strings.LastIndexByte(hops, ','), 0)]
	}
	return client
}

// lastItem returns what follows the last comma of a list.
func lastItem(list string) string {
	return strings.Trim(list[strings.LastIndexByte(list, ',')+1:], " \t")
}

// parseHop reads an address as proxies write it: some add the port. An IPv4
// address that is written as one of IPv6 is one of IPv4, and a zone is
// of no meaning on another machine.
func parseHop(s string) (netip.Addr, bool) {
	const longest = len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%interface-name-16]:65535")
	if s == "" || len(s) > longest {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		var port netip.AddrPort
		if port, err = netip.ParseAddrPort(s); err == nil {
			addr = port.Addr()
		} else if bare, ok := strings.CutPrefix(s, "["); ok {
			if bare, ok = strings.CutSuffix(bare, "]"); ok {
				addr, err = netip.ParseAddr(bare)
			}
		}
	}
	return addr.Unmap().WithZone(""), err == nil && addr.IsValid()
}
