# The image holds Node, the built program and its production dependencies; no compiler, no shell scripts, no pinned
# runtime. Run it read-only, as the user that the secrets belong to, with the folder that postern init made:
#
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --user "$(id -u):$(id -g)" -p 443:8443 \
#     -v ~/postern:/etc/postern:ro -v ~/postern/data:/etc/postern/data postern
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json ./
COPY deploy/toolchain ./deploy/toolchain
COPY src ./src
RUN node deploy/toolchain/bundle.mjs

FROM node:24-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund --loglevel=error

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE ./
COPY config ./config
# A place for state and audit trail where state.path and audit.path point to it.
RUN install -d -o 1000 -g 1000 -m 0700 /var/lib/postern
VOLUME /var/lib/postern
USER 1000:1000
EXPOSE 8443 9443
# The admin listener; set POSTERN_HEALTH_URL when admin.listen in your configuration has another port.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.POSTERN_HEALTH_URL ?? 'http://127.0.0.1:9443/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--disable-warning=DEP0060", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=64", "dist/main.js"]
CMD ["run", "-c", "/etc/postern/postern.yaml"]
