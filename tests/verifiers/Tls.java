// Answers questions about certificates by mutual TLS between two ends of Java's SSLSocket,
// with its own PKIX check of the path at the time that the question names.
// Reads and writes what cryptography_x509.py does.

import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

public class Tls {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            System.out.println(answer(line.split("\t")));
        }
    }

    static String answer(String[] field) throws Exception {
        SSLContext server = context(field[3], field[4], field[8], field[2]);
        SSLContext client = context(field[6], field[7], field[5], field[2]);
        List<String> complaints = shakeHands(server, client, field[1]);
        return complaints.isEmpty() ? "accepted" : "refused\t" + String.join("; ", complaints);
    }

    static List<String> shakeHands(SSLContext server, SSLContext client, String name) throws Exception {
        List<String> complaints = Collections.synchronizedList(new ArrayList<>());
        var loopback = InetAddress.getByName("127.0.0.1");
        try (var listener = (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            listener.setNeedClientAuth(true);
            listener.setSoTimeout(20_000);
            var serving = new Thread(() -> serve(listener, complaints));
            serving.start();
            ask(client, name, listener.getLocalPort(), complaints);
            serving.join();
        }
        return complaints;
    }

    static void serve(SSLServerSocket listener, List<String> complaints) {
        try (var stream = (SSLSocket) listener.accept()) {
            stream.setSoTimeout(20_000);
            stream.getInputStream().readNBytes(4);
            stream.getOutputStream().write("PONG".getBytes());
        } catch (IOException error) {
            complaints.add("server: " + reasons(error));
        }
    }

    static void ask(SSLContext client, String name, int port, List<String> complaints) {
        try (var plain = new Socket("127.0.0.1", port);
             var stream = (SSLSocket) client.getSocketFactory().createSocket(plain, name, port, true)) {
            var parameters = stream.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            stream.setSSLParameters(parameters);
            stream.setSoTimeout(20_000);
            stream.getOutputStream().write("PING".getBytes());
            if (!new String(stream.getInputStream().readNBytes(4)).equals("PONG")) {
                complaints.add("client: no reply");
            }
        } catch (IOException error) {
            complaints.add("client: " + reasons(error));
        }
    }

    static String reasons(Throwable error) {
        var text = new StringBuilder();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            text.append(cause.getClass().getSimpleName()).append(' ').append(cause.getMessage()).append(' ');
        }
        return text.toString().strip().replaceAll("\\s+", " ");
    }

    static SSLContext context(String chain, String key, String root, String at) throws Exception {
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        Certificate[] certificates = certificates(chain);
        String algorithm = certificates[0].getPublicKey().getAlgorithm();
        keys.setKeyEntry("own", privateKey(key, algorithm), new char[0], certificates);
        var own = KeyManagerFactory.getInstance("PKIX");
        own.init(keys, new char[0]);
        var trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(new CertPathTrustManagerParameters(path(root, at)));
        var context = SSLContext.getInstance("TLS");
        var insistent = new Insistent((X509ExtendedKeyManager) own.getKeyManagers()[0]);
        context.init(new KeyManager[] {insistent}, trusted.getTrustManagers(), null);
        return context;
    }

    /** Presents its certificate also where the other end has said that it trusts another root. */
    static class Insistent extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager keys;

        Insistent(X509ExtendedKeyManager keys) {
            this.keys = keys;
        }

        public String[] getClientAliases(String type, Principal[] issuers) {
            return keys.getClientAliases(type, null);
        }

        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return keys.chooseClientAlias(types, null, socket);
        }

        public String[] getServerAliases(String type, Principal[] issuers) {
            return keys.getServerAliases(type, null);
        }

        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return keys.chooseServerAlias(type, null, socket);
        }

        public X509Certificate[] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        public PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }
    }

    static PKIXBuilderParameters path(String root, String at) throws Exception {
        var anchors = new HashSet<TrustAnchor>();
        for (Certificate anchor : certificates(root)) {
            anchors.add(new TrustAnchor((X509Certificate) anchor, null));
        }
        var path = new PKIXBuilderParameters(anchors, new X509CertSelector());
        path.setRevocationEnabled(false);
        if (!at.equals("now")) {
            path.setDate(new Date(Long.parseLong(at) * 1000));
        }
        return path;
    }

    static Certificate[] certificates(String file) throws Exception {
        try (var stream = Files.newInputStream(Path.of(file))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(stream).toArray(new Certificate[0]);
        }
    }

    static PrivateKey privateKey(String file, String algorithm) throws Exception {
        String pem = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----", "");
        var key = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem));
        return KeyFactory.getInstance(algorithm).generatePrivate(key);
    }
}
