# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody's browser at a foreign sign-in page: goes where it is sent, keeps cookies, fills in forms."""
import html
import http.cookiejar
import re
import ssl
import urllib.parse
import urllib.request


def fields(page):
    """Names and values of the input fields of a page."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    return found


def action(page):
    return html.unescape(re.search(r'<form[^>]*action="([^"]*)"', page)[1])


class SentHome(Exception):
    pass


class Homeward(urllib.request.HTTPRedirectHandler):
    def __init__(self, home):
        self.home = home

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if self.home and newurl.startswith(self.home):
            raise SentHome(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Browser:
    """home: addresses that begin so are named and not gone to. ca: PEM of who signs the certificates."""

    def __init__(self, home=None, ca=None):
        context = ssl.create_default_context(cadata=ca)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Homeward(home),
                                                  urllib.request.HTTPSHandler(context=context))

    def go(self, url, form=None, body=None, method=None, headers=()):
        """Where that ended, and the page; None for a page at home."""
        data = urllib.parse.urlencode(form).encode() if form is not None else body
        try:
            with self.opener.open(urllib.request.Request(url, data, dict(headers), method=method), timeout=60) as answer:
                return answer.url, answer.read().decode()
        except SentHome as home:
            return str(home), None
