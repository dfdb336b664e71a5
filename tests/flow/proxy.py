# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx in front of the portal, as docs/network-rules.md sets it up: it ends TLS and asks from 127.0.0.9."""
import os
import subprocess

import world

PORT = 9443


class Proxy:
    def __init__(self):
        folder = os.path.join(world.VAR, "proxy")
        os.makedirs(folder)
        os.chmod(folder, 0o755)
        cert, key, config = (os.path.join(folder, name) for name in ("cert.pem", "key.pem", "nginx.conf"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                       check=True, stderr=subprocess.DEVNULL)
        paths = "".join(f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(config, "w", encoding="ascii") as f:
            f.write(f"""daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; {paths}
  map $http_upgrade $sekisho {{ default sekisho_terminals; '' sekisho; }}
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream sekisho {{ server 127.0.0.1:{world.PORT}; keepalive 1; }}
  upstream sekisho_terminals {{ server 127.0.0.1:{world.PORT}; }}
  server {{ listen 127.0.0.1:{PORT} ssl; ssl_certificate {cert}; ssl_certificate_key {key};
    location / {{ proxy_pass https://$sekisho; proxy_bind 127.0.0.9; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
      proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 1h;
      proxy_ssl_verify on; proxy_ssl_trusted_certificate {world.CA}; proxy_ssl_name localhost; proxy_ssl_server_name on;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}
""")
        self.ca = cert
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen(["nginx", "-e", os.path.join(folder, "error.log"), "-c", config], stderr=log)
        world.until(lambda: os.path.exists(os.path.join(folder, "pid")) or self.process.poll() is not None, "nginx runs")

    def close(self):
        self.process.terminate()
        self.process.wait()
